/// The outside of an event: OCSF 1.3, Authentication (class 3002) where it describes a login, Entity Management (3004) where an
/// admin changed something, Application Lifecycle (6002) for the daemon's own life. Derived from the event, for readers that
/// know OCSF and not us; nothing of ours reads it back.
extension Event {
    var ocsfMembers: [JSON.Member] {
        let (category, classID, activity): (Int64, Int64, Int64) =
            switch body {
            case .concluded, .sessionOpened, .firstFactorFailed, .failuresAggregated, .fellBack: (3, 3002, 1)
            case .sessionClosed: (3, 3002, 2)
            case .decided, .challenged, .factorChecked, .notCompleted, .overridden, .callerRefused: (3, 3002, 99)
            case .tokenChanged, .userReset, .policyLoaded, .policyRejected, .exemptionGranted, .exemptionRevoked:
                (3, 3004, 3)
            case .daemonStarted: (6, 6002, 3)
            case .daemonStopped: (6, 6002, 4)
            case .clockStepped, .ledgerInitialised: (6, 6002, 99)
            }
        let subject = subject
        return [
            .init("activity_id", .integer(activity)), .init("category_uid", .integer(category)),
            .init("class_uid", .integer(classID)), .init("type_uid", .integer(classID * 100 + activity)),
            .init("time", .integer(time.milliseconds)), .init("message", .string(code.title)),
            .init("severity_id", .integer(severity)), .init("status_id", .integer(status)),
            .init("metadata", metadata), .init("device", .record(["hostname": .string(host), "type_id": .integer(1)])),
        ] + (classID == 3002 ? loginMembers(subject) : [])
    }

    private var metadata: JSON {
        .record([
            "correlation_uid": .text(attempt?.description),
            "event_code": .string(code.text),
            "product": .record(["name": .string("StepUp"), "vendor_name": .string("StepUp")]),
            "version": .string("1.3.0"),
        ])
    }

    private func loginMembers(_ facts: (service: String, source: IPAddress?)?) -> [JSON.Member] {
        var members = [JSON.Member("user", .record(["name": .string(account ?? "")]))]
        if let facts {
            members.append(.init("service", .record(["name": .string(facts.service)])))
            if let source = facts.source {
                members.append(.init("src_endpoint", .record(["ip": .string(source.description)])))
            }
        }
        if case .concluded(let end) = body { members.append(.init("is_mfa", .bool(end.proved > .none))) }
        return members
    }

    private var subject: (service: String, source: IPAddress?)? {
        switch body {
        case .decided(let value): (value.attempt.service, value.attempt.source.value)
        case .sessionOpened(let report), .sessionClosed(let report), .firstFactorFailed(let report):
            (report.service, report.source.value)
        case .fellBack(let value): (value.report.service, value.report.source.value)
        default: nil
        }
    }

    /// OCSF severity: 1 informational, 2 low, 3 medium.
    private var severity: Int64 {
        switch body {
        case .fellBack, .overridden, .callerRefused, .clockStepped, .policyRejected: 3
        case .firstFactorFailed, .failuresAggregated: 2
        case .concluded(let end): end.outcome == .allowed ? 1 : 2
        case .factorChecked(let check): check.result == .accepted ? 1 : 2
        default: 1
        }
    }

    /// OCSF status: 0 unknown, 1 success, 2 failure.
    private var status: Int64 {
        switch body {
        case .concluded(let end): end.outcome == .allowed ? 1 : 2
        case .factorChecked(let check): check.result == .accepted ? 1 : 2
        case .firstFactorFailed, .failuresAggregated, .callerRefused, .policyRejected, .notCompleted: 2
        case .fellBack, .overridden, .decided, .challenged: 0
        default: 1
        }
    }
}
