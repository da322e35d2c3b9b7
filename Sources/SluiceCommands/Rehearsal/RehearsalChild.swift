internal import SluiceCommandLine
internal import SluiceSystem

/// A child of the rehearsal: this same program with other words. It is killed and reaped when it is let go of.
final class RehearsalChild {
  /// What is kept of a stream: its beginning does for a sentence.
  private static let most = 1 << 16

  let words: [String]
  private let process: ChildProcess
  private(set) var output: [UInt8] = []
  private(set) var errors: [UInt8] = []
  /// Its exit status, or 128 plus the signal that ended it; nil while it runs.
  private(set) var status: Int32?

  init(_ words: [String], root: String, environment: [String] = []) throws(CommandFailure) {
    self.words = words
    guard let program = Process.programPath else {
      throw CommandFailure(.failed, "/proc/self/exe cannot be read, so that the program cannot start itself")
    }
    // The rehearsal is about this root: nothing of the caller's channel reaches it.
    var kept: [String] = []
    for (name, value) in Process.environment where !name.hasPrefix("SLUICE_") || name == "SLUICE_FAULT" {
      kept.append("\(name)=\(value)")
    }
    do throws(Errno) {
      process = try ChildProcess.start(
        ProgramStart(
          path: program, arguments: [program, "--root", root, "--no-color"] + words, environment: kept + environment))
    } catch { throw CommandFailure(.failed, "cannot start \(program): \(error)") }
    process.closeInput()
  }

  deinit { kill() }

  var pid: Int32 { process.pid }

  /// Takes what it has printed, and its end.
  func look() {
    Self.drain(process.output, into: &output)
    Self.drain(process.errors, into: &errors)
    if status == nil { status = (try? ChildProcess.reap(process.pid)) ?? nil }
  }

  private static func drain(_ stream: borrowing OwnedDescriptor, into bytes: inout [UInt8]) {
    var chunk = [UInt8](repeating: 0, count: 16384)
    // A pipe that is empty, or at its end, gives nothing.
    while let count = try? stream.read(into: &chunk), count > 0 {
      bytes.append(contentsOf: chunk[0..<count].prefix(max(0, most - bytes.count)))
    }
  }

  /// Waits until it has ended, or `isEnough`; false when the time is over.
  func wait(seconds: Int64, until isEnough: (RehearsalChild) -> Bool = { _ in false }) -> Bool {
    let deadline = Clock.monotonic + seconds * 1_000_000_000
    while true {
      look()
      if status != nil {
        // What it said last.
        look()
        return true
      }
      if isEnough(self) { return true }
      guard Clock.monotonic < deadline else { return false }
      _ = try? Wait.ready(process.pidfd, before: min(deadline, Clock.monotonic + 5_000_000))
    }
  }

  var hasSaid: (String) -> Bool { { [output] word in String(decoding: output, as: UTF8.self).contains(word) } }
  var errorText: String { String(decoding: errors, as: UTF8.self) }

  func kill() {
    guard status == nil else { return }
    ChildProcess.kill(process.pid)
    while status == nil {
      _ = try? Wait.ready(process.pidfd, before: Clock.monotonic + 100_000_000)
      status = (try? ChildProcess.reap(process.pid)) ?? nil
    }
  }

  /// SIGTERM, and SIGKILL where that does not help.
  func end(seconds: Int64) {
    guard status == nil else { return }
    ChildProcess.askToEnd(process.pid)
    if !wait(seconds: seconds) { kill() }
  }
}
