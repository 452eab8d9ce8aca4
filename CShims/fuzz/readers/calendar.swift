import StepUpCore

/// Any bytes as an iCalendar file, or as what stands in one event of it: an error with its line, or days that agree with their number,
/// and that neither the ends of lines, nor folds, nor a cut change.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var file = Array(UnsafeBufferPointer(start: start, count: count))
    if !file.starts(with: "BEGIN".utf8) {
        file = Array("BEGIN:VCALENDAR\nBEGIN:VEVENT\n".utf8) + file + Array("\nEND:VEVENT\nEND:VCALENDAR\n".utf8)
    }
    let lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let chosen = hash(file)
    do throws(ICalendarError) {
        let holidays = try Holidays(iCalendar: file)
        check(holidays, all: chosen % 64 == 0)
        let at = Int(chosen >> 16 % UInt64(file.count))
        // One of what must not change it.
        switch chosen >> 8 % 3 {
        case 0 where !file.contains(13):
            let other = Array(lines.joined(separator: [13, 10]))
            require((try? Holidays(iCalendar: other)) == holidays, "with the other ends of lines there are other days")
        case 1:
            if let cut = try? Holidays(iCalendar: Array(file[..<at])) {
                require(cut == holidays, "cut at \(at), there are other days")
            }
        default:
            // Neither the first line nor the last, which say that the file is whole.
            guard at > 0, let first = file.firstIndex(of: 10), let last = file.dropLast().lastIndex(of: 10), first < at, at < last,
                file[at] != 10, file[at] != 13, file[at - 1] != 10
            else { break }
            let folded = file[..<at] + [10, 32] + file[at...]
            require((try? Holidays(iCalendar: Array(folded))) == holidays, "folded at \(at), there are other days")
        }
    } catch {
        require(!error.reason.isEmpty && (1...max(1, lines.count)).contains(error.line), "an error without a place: \(error)")
        require(error.reason.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }, "an error that cannot be printed")
    }
    return 0
}

/// - Parameter all: each day from 1970 to the last is looked at.
private func check(_ holidays: Holidays, all: Bool) {
    guard let last = holidays.last else {
        require(holidays.count == 0, "\(holidays.count) days without a last")
        return
    }
    require(holidays.count > 0 && holidays.contains(last) && last.day >= 0, "the last is none of them")
    require(holidays.count <= last.day + 1, "more days than there are from 1970 to the last")
    let margin: Int64 = all ? 800 : 8
    var (found, first) = (0, all ? -margin : max(-margin, last.day - margin))
    while first <= last.day + margin {
        if holidays.contains(day(first)) {
            require((0...last.day).contains(first), "\(day(first)) is a holiday; they are from 1970 to \(last)")
            found += 1
        }
        first += 1
    }
    require(all ? found == holidays.count : found <= holidays.count, "\(found) days are found of \(holidays.count)")
}

private func day(_ number: Int64) -> CivilDate { CivilDate(local: Timestamp(seconds: number * 86_400), offsetSeconds: 0) }
