import SluiceSystem

/// A running `sluice serve` or `sluice relay`, whose output goes to files that a failure prints.
final class Service {
  let name: String
  private let program: RunningProgram
  private let outputPath: String
  let errorPath: String

  /// Starts it, without waiting for anything.
  init(_ name: String, _ words: [String], logs: String, variables: [String]) throws {
    self.name = name
    outputPath = "\(logs)/\(name).out"
    errorPath = "\(logs)/\(name).err"
    let script = #"out=$1 err=$2; shift 2; exec "$@" >"$out" 2>"$err""#
    program = try RunningProgram(
      ["/bin/sh", "-c", script, "sh", outputPath, errorPath] + words, keepsInput: true, variables: variables)
  }

  var pid: Int32 { program.pid }
  var log: String { (try? Files.text(errorPath)) ?? "" }
  /// Waits for words in its log: its lines are written by a thread of their own.
  func waitUntilSaid(_ words: String...) throws {
    try eventually("\(name) says \(words): \(log)") { words.allSatisfy(log.contains) }
  }
  var isRunning: Bool {
    try? program.pump()
    return program.status == nil
  }

  func waitUntilReady() throws {
    try eventually("\(name) says ready") {
      try program.pump()
      if let status = program.status { throw ScenarioFailure("\(name) ended with \(status): \(log)") }
      return try Files.text(outputPath) == "ready\n"
    }
  }

  /// kill -9.
  func kill() { program.kill() }

  func terminate() throws { try program.signal("TERM") }
  func signal(_ name: String) throws { try program.signal(name) }

  /// Waits for its end and gives its exit status.
  func end(seconds: Int64 = 20) throws -> Int32 { try program.end(seconds: seconds).status }
}
