import SluiceSystem
import SluiceTestSupport

/// A started program, with what it has printed so far.
final class RunningProgram {
  /// Nothing of the environment that the tests run in reaches a program, but what a sanitizer is told.
  static let environment =
    [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/", "NO_COLOR=1",
    ]
    + ["ASAN_OPTIONS", "TSAN_OPTIONS", "SWIFT_BACKTRACE"].compactMap { name in
      Process.environment(name).map { "\(name)=\($0)" }
    }

  /// A program that closed its input is an errno and not our end.
  private static let ignoresBrokenPipes: Void = SignalReceiver.ignoreHarmless()

  let words: [String]
  private let process: ChildProcess
  private var input: [UInt8]
  private var written = 0
  private var keepsInput: Bool
  private(set) var bytes: [UInt8] = []
  private var errors: [UInt8] = []
  private(set) var status: Int32?

  /// - Parameter keepsInput: leaves its input open, so that it does not read end of file.
  init(_ words: [String], input: [UInt8] = [], keepsInput: Bool = false, variables: [String] = []) throws {
    Self.ignoresBrokenPipes
    self.words = words
    self.input = input
    self.keepsInput = keepsInput
    process = try ChildProcess.start(
      ProgramStart(
        path: words[0].hasPrefix("/") ? words[0] : "/usr/bin/env",
        arguments: words[0].hasPrefix("/") ? words : ["env"] + words,
        environment: Self.environment + variables))
  }

  deinit { if status == nil { kill() } }

  var pid: Int32 { process.pid }
  var output: String { String(decoding: bytes, as: UTF8.self) }

  /// SIGKILL for it and what it started, and takes its end.
  func kill() {
    ChildProcess.killGroup(pid)
    while status == nil {
      _ = try? Wait.ready(process.pidfd, before: Clock.monotonic + 1_000_000_000)
      status = (try? ChildProcess.reap(pid)) ?? nil
    }
  }

  /// Stopped means stopped: a thread that runs goes on for a while where the one that was told waits for a processor.
  func signal(_ name: String) throws {
    _ = try RunningProgram(["kill", "-s", name, "\(pid)"]).end()
    guard name == "STOP" else { return }
    try eventually("each thread of \(pid) is stopped") {
      let tasks = try Directory.open("/proc/\(pid)/task")
      return try tasks.names(capacity: 1 << 16).allSatisfy { thread in
        let stat = try tasks.contents(of: "\(thread)/stat", limit: 4096) ?? []
        return String(decoding: stat, as: UTF8.self).split(separator: ")").last?.first(where: { $0 != " " }) == "T"
      }
    }
  }

  func write(_ text: String) { input.append(contentsOf: text.utf8) }
  func closeInput() { keepsInput = false }

  /// Moves what can be moved now.
  func pump() throws {
    try feed()
    try Self.drain(process.output, into: &bytes)
    try Self.drain(process.errors, into: &errors)
    if status == nil, try Wait.ready(process.pidfd, before: Clock.monotonic + 1_000_000) {
      status = try ChildProcess.reap(pid)
    }
  }

  private func feed() throws {
    do {
      while written < input.count {
        guard let count = try process.input?.write(input, from: written) ?? nil else { return }
        written += count
      }
    } catch { written = input.count }  // it closed its input: what it says of it counts
    if !keepsInput { process.closeInput() }
  }

  private static func drain(_ stream: borrowing OwnedDescriptor, into bytes: inout [UInt8]) throws {
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = try stream.read(into: &chunk)
      if count == 0 { return }
      bytes.append(contentsOf: chunk[0..<count])
    }
  }

  /// Waits for its end.
  func end(seconds: Int64 = 30) throws -> Outcome {
    let deadline = Deadline(seconds: seconds)
    while status == nil {
      try pump()
      if deadline.hasPassed {
        kill()
        try pump()
        throw ScenarioFailure("no end after \(seconds) s: \(outcome)")
      }
    }
    try pump()
    return outcome
  }

  /// Waits until its output satisfies the test.
  func until(_ what: String, seconds: Int64 = 20, _ test: (String) -> Bool) throws {
    try eventually("\(what): \(outcome)", seconds: seconds) {
      try pump()
      return test(output)
    }
  }

  /// Waits until its error output satisfies the test, or it ends.
  func untilErrors(_ what: String, seconds: Int64 = 20, _ test: (String) -> Bool) throws {
    try eventually("\(what): \(outcome)", seconds: seconds) {
      try pump()
      return status != nil || test(String(decoding: errors, as: UTF8.self))
    }
  }

  private var outcome: Outcome {
    Outcome(words: words, status: status ?? -1, output: output, errors: String(decoding: errors, as: UTF8.self))
  }
}
