/// What FreeRADIUS says of itself: its start and end, its connections, its configuration.
enum ServerMessage {
    static func isKnown(_ text: ArraySlice<UInt8>) -> Bool {
        if text.starts(with: "rlm_".utf8) { return true }
        return heads.contains { text.starts(with: $0.utf8) }
    }

    private static let heads = [
        "Ready to process requests", "Need ", "Signalled to terminate", "Exiting normally", "Loaded virtual server",
        "Loaded module",
        "Loading ", "Instantiating ", "Including ", "Debugger not attached", "Debug state ", "Debug:", "systemd watchdog",
        "Received HUP", "HUP ", "Module: ", "Discarding duplicate request", "Dropping conflicting packet",
        "Ignoring duplicate packet", "Ignoring request to ", "Ignoring \"", "Sending duplicate reply", "Cleaning up request",
        "Opening additional connection", "Closing connection", "Hit ", "Reserved connection", "Released connection",
        "Waiting for ", "You probably need to ", "Starting ", "Stopping ", "Core dumps ", "Listening on ", "Binding to ",
        "Adding client ", "Added client", "Removing client ", "FreeRADIUS Version ", "Copyright ", "Found debugger",
        "Unresponsive ", "Marking home server ", "Received response to status check", "No response to status check",
        "PING: ", "Proxy: ", "... adding new socket", "... shutting down socket", "Shared secret ", "OpenSSL ", "libssl ",
        "Please use ", "Using ", "# ", "tls: Using ", "thread pool", "Threads: ", "Max request", "Child ", "[/",
    ]
}
