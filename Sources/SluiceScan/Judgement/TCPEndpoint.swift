/// A TCP listener and who listens.
package struct TCPEndpoint: Sendable, Equatable {
  package let listener: TCPListener
  package let holders: [Holder]

  package init(listener: TCPListener, holders: [Holder]) {
    self.listener = listener
    self.holders = holders
  }

  package var owner: String { holders.first?.summary ?? "a process that may not be seen (uid \(listener.uid))" }

  package var finding: Finding {
    Finding(
      listener.isLoopback ? .tcpLoopback : .tcpNetwork, listener.text,
      seen: "\(owner)\(holders.first.map { ": \($0.command)" } ?? "")",
      fix: listener.isLoopback
        ? "listen on a Unix socket in a directory of your own instead"
        : "bind to 127.0.0.1 where only this host needs it; better, to a Unix socket")
  }
}
