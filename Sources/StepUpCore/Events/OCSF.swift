/// The outside of an event: OCSF 1.3, Authentication (class 3002) where it describes a login, Entity Management (3004) where an
/// admin changed something, Application Lifecycle (6002) for the daemon's own life. Derived from the event, for readers that
/// know OCSF and not us; nothing of ours reads it back.
extension Event: CanonicalJSON {
    /// The event as it is stored: OCSF on the outside, our facts within.
    public func write(to out: inout CanonicalWriter) {
        let (category, classID, activity) = classification
        let subject = classID == Self.authentication ? subject : nil
        out.object { out in
            out.member("activity_id", activity)
            out.member("category_uid", category)
            out.member("class_uid", classID)
            out.member("device") { out in
                out.member("hostname", host)
                out.member("type_id", 1)
            }
            if case .concluded(let end) = body { out.member("is_mfa", end.proved > .none) }
            out.member("message", code.title)
            out.member("metadata") { out in
                out.member("correlation_uid", attempt?.description)
                out.member("event_code", code.text)
                out.member("product") { out in
                    out.member("name", "StepUp")
                    out.member("vendor_name", "StepUp")
                }
                out.member("version", "1.3.0")
            }
            if let subject { out.member("service") { $0.member("name", subject.service) } }
            out.member("severity_id", severity)
            if let source = subject?.source { out.member("src_endpoint") { $0.member("ip", source) } }
            out.member("status_id", status)
            out.member("time", time.milliseconds)
            out.member("type_uid", classID * 100 + activity)
            out.member("unmapped") { out in
                out.member("stepup") { writeFacts(to: &$0) }
            }
            if classID == Self.authentication { out.member("user") { $0.member("name", account ?? "") } }
        }
    }

    private static let authentication: Int64 = 3002

    private var classification: (category: Int64, class: Int64, activity: Int64) {
        switch body {
        case .concluded, .sessionOpened, .firstFactorFailed, .failuresAggregated, .fellBack: (3, Self.authentication, 1)
        case .sessionClosed: (3, Self.authentication, 2)
        case .decided, .challenged, .factorChecked, .notCompleted, .overridden, .callerRefused: (3, Self.authentication, 99)
        case .tokenChanged, .userReset, .policyLoaded, .shadowPolicy, .policyRejected, .exemptionGranted, .exemptionRevoked:
            (3, 3004, 3)
        case .daemonStarted: (6, 6002, 3)
        case .daemonStopped: (6, 6002, 4)
        case .clockStepped, .ledgerInitialised: (6, 6002, 99)
        }
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
