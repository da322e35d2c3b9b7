package import SluiceSystem

/// The sending side of the file-drop transport: a drop that never overwrites another.
package struct FileDropSender: SendingSide {
  private let slot: FileDropSettings.Slot
  private let patience: Int64
  private let owner: Owner?
  private let replies: ReplyFIFO?

  package init(slot: FileDropSettings.Slot, patience: Int64, owner: Owner? = nil, replies: ReplyFIFO? = nil) {
    self.slot = slot
    self.patience = patience
    self.owner = owner
    self.replies = replies
  }

  package func send(_ message: [UInt8]) throws(TransportFailure) {
    let deadline = Clock.monotonic + patience
    let temporary = ".\(slot.name).\(Random.token(bytes: 8))"
    do throws(Errno) {
      let directory = try Directory.open(slot.directory)
      if try directory.status(of: slot.name)?.kind == .fifo { return try write(message, in: directory, deadline) }
      let file = try directory.open(temporary, .createNew(mode: 0o600))
      if let owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
      try file.writeAll(message + [UInt8(ascii: "\n")])
      defer { try? directory.unlinkIfPresent(temporary) }
      // link(2) fails where a drop still waits; the old way would replace that one silently.
      while true {
        do throws(Errno) {
          try directory.link(temporary, to: slot.name)
          return
        } catch { if error != .exists { throw error } }
        guard Clock.monotonic < deadline else { throw Errno.timedOut }
        Wait.pause(nanoseconds: 500_000)
      }
    } catch {
      if error == .timedOut {
        throw TransportFailure(.busy, "\(slot.path) is occupied by a message that nobody takes; is the relay running?")
      }
      throw TransportFailure(error, doing: "drop a message at", path: slot.path)
    }
  }

  /// Where a FIFO of the relay's stands in for drops. Another user's would be read by that user.
  private func write(_ message: [UInt8], in directory: borrowing Directory, _ deadline: Int64) throws(Errno) {
    let trusted = [0, Process.effectiveUser, try directory.descriptor.status().uid, owner?.uid ?? 0]
    let line = FIFOSender.vouched(message.filter { $0 != UInt8(ascii: "\n") }) + [UInt8(ascii: "\n")]
    try FIFOSender.put(line, at: slot.name, in: directory, before: deadline, accepts: trusted.contains)
  }

  package func request(_ message: [UInt8]) throws(TransportFailure) -> [UInt8] {
    guard let replies else {
      throw TransportFailure(.failed, "a drop at \(slot.path) gets no reply; use another transport, or no --request")
    }
    return try replies.exchange(message, patience: patience) { (wrapped) throws(TransportFailure) in try send(wrapped) }
  }
}
