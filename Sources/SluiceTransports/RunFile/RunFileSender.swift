internal import SluiceSystem

/// The sending side of the run-file transport: one line appended under the lock.
package struct RunFileSender: SendingSide {
  private let directory: String
  private let settings: RunFileSettings
  private let patience: Int64
  private let replies: ReplyFIFO
  private let trust: ServerTrust

  package init(
    directory: String, settings: RunFileSettings, patience: Int64, replies: ReplyFIFO,
    trust: ServerTrust = ServerTrust()
  ) {
    self.trust = trust
    self.directory = directory
    self.settings = settings
    self.patience = patience
    self.replies = replies
  }

  package func send(_ message: [UInt8]) throws(TransportFailure) {
    let path = "\(directory)/\(settings.fileName)"
    guard !message.contains(UInt8(ascii: "\n")) else {
      throw TransportFailure(.badMessage, "a message of the run-file transport is one line; remove its newlines")
    }
    let held = try trust.directory(directory)
    do throws(RunFileLock.Failure) {
      // A lock file that is absent means that nobody serves: a client does not make one.
      let lock = try RunFileLock.take(
        settings.lockName, in: held, creating: nil, before: Clock.monotonic + patience)
      _ = lock.raw
      do throws(Errno) {
        // A writer that died in the middle of its line must not spoil ours: its rest gets its own end.
        let file = try held.open(settings.fileName, .appendCreating(mode: settings.mode))
        let status = try file.status()
        guard status.kind == .regular, status.links == 1 else { throw Errno.invalid }
        let size = Int(status.size)
        var line = message + [UInt8(ascii: "\n")]
        var last: [UInt8] = [0]
        if size > 0, try file.read(into: &last, from: 0, at: size - 1) == 1, last[0] != UInt8(ascii: "\n") {
          line.insert(UInt8(ascii: "\n"), at: 0)
        }
        try file.writeAll(line)
      } catch { throw .system(error) }
    } catch {
      switch error {
      case .heldTooLong:
        let holders = RunFileLock.holders(of: settings.lockName, in: held, seenBy: OwnSight())
        throw TransportFailure(
          .busy, "\(directory)/\(settings.lockName) is held\(holders.phrase); try again later")
      case .system(.noSuchFile):
        throw TransportFailure(
          .notRunning, "no run-file transport in \(directory) (no \(settings.lockName)); start it with: sluice serve")
      case .system(.invalid):
        throw TransportFailure(
          .unsafePath,
          "\(path) is no plain file, or has another name (a hard link) as well; see who put it there, and move it away")
      case .system(let error): throw TransportFailure(error, doing: "append to", path: path)
      }
    }
  }

  package func request(_ message: [UInt8]) throws(TransportFailure) -> [UInt8] {
    try replies.exchange(message, patience: patience) { (wrapped) throws(TransportFailure) in try send(wrapped) }
  }
}
