internal import CLinux

/// A process forked before the sandbox is put on, which looks at others for one that no longer may: under Landlock the
/// ptrace access mode of proc(5), and so what a process runs, is refused for all that is outside.
///
/// It is given the held directory of a process, never a number, and says only what that process' "exe" and "stat" say;
/// or a file that its asker has open, and says who holds the lock on it.
/// Questions carry numbers: an answer that comes too late is passed over, not taken for another's. One that stays away
/// is an error of its own question; when several in a row stay away, nothing can be looked at any more.
package final class ProcessLooker: ProcessSight {
  /// Nanoseconds that an answer about a running process may take, and one about its file.
  package static let patience: Int64 = 500_000_000
  package static let openPatience: Int64 = 6_000_000_000
  private static let mostMissed = 4

  private struct Line: ~Copyable {
    var socket: OwnedDescriptor?
    var number: UInt32 = 0
    var missed = 0

    var raw: Int32? {
      switch socket {
      case .some(let descriptor): descriptor.raw
      case .none: nil
      }
    }
  }

  package let pid: Int32
  private let patience: Int64
  private let line: Lock<Line>

  /// - Note: Call it while the process has one thread.
  package init(patience: Int64 = ProcessLooker.patience) throws(Errno) {
    var raw: Int32 = -1
    pid = try systemCall { unsafe sl_looker_begin(&raw) }
    self.patience = patience
    line = Lock(Line(socket: OwnedDescriptor(adopting: raw)))
  }

  /// It reads end of file; where signals reach it, one that hangs goes too.
  deinit {
    line.withLock { $0.socket = nil }
    var status: Int32 = 0
    if sl_kill(pid, 9) >= 0 { _ = unsafe sl_wait(pid, &status, 0) }
  }

  /// Whether it answers no more.
  package var isLost: Bool { line.withLock { $0.raw == nil } }

  package func look(at process: borrowing Directory) throws(Errno) -> ProcessLook {
    let directory = process.raw
    return try line.withLock { (line) throws(Errno) -> ProcessLook in try look(directory, &line) }
  }

  private func look(_ directory: Int32, _ line: inout Line) throws(Errno) -> ProcessLook {
    guard let raw = line.raw else { throw .brokenPipe }
    line.number &+= 1
    let number = line.number
    var unused: Int32 = -1
    do throws(Errno) {
      try systemCall { unsafe sl_looker_ask(raw, UInt32(SL_LOOK), number, directory, &unused) }
      let found = try answer(over: raw, number, before: Clock.monotonic + patience).look
      line.missed = 0
      return ProcessLook(found)
    } catch {
      switch error {
      case .timedOut, .wouldBlock:
        line.missed += 1
        if line.missed >= Self.mostMissed { line.socket = nil }
        throw .timedOut
      case .brokenPipe, .connectionReset:
        line.socket = nil
        throw .brokenPipe
      default:
        line.missed = 0
        throw error
      }
    }
  }

  package func openProgram(of process: borrowing Directory) throws(Errno) -> OpenedProgram {
    let found = try askApart(UInt32(SL_LOOK_OPEN), process.raw)
    guard found.file >= 0 else { throw .protocolFault }
    return OpenedProgram(found.look, OwnedDescriptor(adopting: found.file))
  }

  package func lockHolders(of file: borrowing OwnedDescriptor) throws(Errno) -> [LockHolder] {
    let found = try askApart(UInt32(SL_LOOK_LOCK), file.raw)
    guard found.file < 0 else {
      _ = sl_close(found.file)
      throw .protocolFault
    }
    return LockHolder.parse(found.look.lines)
  }

  /// The answer comes over a socket of its own: nobody waits for it but us.
  private func askApart(_ kind: UInt32, _ object: Int32) throws(Errno) -> (look: sl_look, file: Int32) {
    let own = try line.withLock { (line) throws(Errno) -> Int32 in
      guard let raw = line.raw else { throw .brokenPipe }
      var answers: Int32 = -1
      try systemCall { unsafe sl_looker_ask(raw, kind, 0, object, &answers) }
      return answers
    }
    let answers = OwnedDescriptor(adopting: own)
    return try answer(over: answers.raw, 0, before: Clock.monotonic + Self.openPatience)
  }

  /// The answer to a question; those to earlier ones are passed over.
  private func answer(
    over raw: Int32, _ number: UInt32, before deadline: Int64
  ) throws(Errno) -> (look: sl_look, file: Int32) {
    var found = sl_look()
    var file: Int32 = -1
    while true {
      guard try systemCallUnlessBlocked({ unsafe sl_looker_take(raw, &found, &file) }) != nil else {
        guard try Wait.ready(raw, before: deadline) else { throw .timedOut }
        continue
      }
      guard found.number == number else { continue }
      if found.error < 0 { throw Errno(rawValue: -found.error) }
      return (found, file)
    }
  }
}
