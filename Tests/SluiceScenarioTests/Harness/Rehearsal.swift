import SluiceChannel
import SluiceSystem
import SluiceTestSupport

/// A channel under a root of its own, with the real binary, removed with everything that it started.
final class Rehearsal {
  let directory: TemporaryDirectory
  /// Put before every command: how it becomes another user.
  let user: [String]
  private var services: [Service] = []
  private var started = 0

  var root: String { directory.path }
  var runtime: String { "\(root)/run/parrot-mcp" }
  var state: String { "\(root)/var/lib/sluice/parrot-mcp" }
  /// The directory of drops, under the root.
  var place = "/tmp"
  var drop: String { "\(root)\(place)/mcp_in.json" }
  var socket: String { "\(runtime)/mcp.sock" }
  var fifo: String { "\(runtime)/mcp.fifo" }
  var runFile: String { "\(runtime)/mcp_in.json" }
  var channelFile: String { "\(root)/etc/sluice/parrot-mcp.json5" }
  var quarantine: String { "\(state)/quarantine" }
  var logs: String { "\(root)/logs" }
  var relayLog: String { "\(root)/var/log/sluice/parrot-mcp/relay.jsonl" }
  /// What the recording handler got, a line a message.
  var record: String { "\(root)/handled" }

  private init(isOpen: Bool, user: [String]) throws {
    directory = try TemporaryDirectory(mode: isOpen ? 0o711 : 0o700)
    self.user = user
    try directory.makeDirectory("tmp", mode: 0o1777)
    // As /run is: a gate for nobody, so that the channel's own directory is what refuses.
    try directory.makeDirectory("run", mode: 0o755)
    try directory.makeDirectory("logs", mode: user.isEmpty ? 0o700 : 0o777)
    try directory.makeDirectory("migrations", mode: 0o755)
    try copyManifests()
    try directory.makeDirectory("etc", mode: 0o755)
    try directory.makeDirectory("etc/sluice", mode: 0o755)
  }

  /// Runs a scenario; afterwards whatever it started is killed, last first, and its files go.
  /// - Parameters:
  ///   - isOpen: other users may pass through the root, so that what refuses them is the channel.
  static func run(
    _ settings: String = "", isOpen: Bool = false, user: [String] = [], _ body: (Rehearsal) throws -> Void
  ) throws {
    let rehearsal = try Rehearsal(isOpen: isOpen, user: user)
    let note = FailureNote()
    defer {
      for service in rehearsal.services.reversed() { service.kill() }
      if note.hasFailed { rehearsal.printLogs() }
    }
    try FailureNote.$current.withValue(note) {
      try rehearsal.configure(settings)
      do { try body(rehearsal) } catch {
        note.set()
        throw error
      }
    }
  }

  private func printLogs() {
    for service in services {
      StandardStream.error.write("--- \(service.name) (\(root))\n\(service.log.suffix(4000))\n")
    }
  }

  /// The real manifests, with a shorter time to settle: it is the time of a rehearsal.
  private func copyManifests() throws {
    for name in try Files.names(Self.manifests) {
      let text = try Files.text("\(Self.manifests)/\(name)")
        .split(separator: #"settle: "1s""#, omittingEmptySubsequences: false).joined(separator: #"settle: "50ms""#)
        .split(separator: #"oldServer: "3s""#, omittingEmptySubsequences: false)
        .joined(separator: #"oldServer: "50ms""#)
      try Files.write("\(root)/migrations/\(name)", text)
    }
  }

  private static let manifests = "\(Places.repository)/migrations"

  func useManifestsAsTheyAre() throws {
    for name in try Files.names(Self.manifests) {
      try Files.write("\(root)/migrations/\(name)", try Files.text("\(Self.manifests)/\(name)"))
    }
  }

  /// Makes the whole root another user's.
  func giveAway(to uid: UInt32) throws {
    _ = try RunningProgram(["chown", "-R", "\(uid):\(uid)", root]).end()
  }

  /// Writes the channel file: legacy drops of anybody, and what `settings` adds.
  func configure(_ settings: String, legacy: String = "") throws {
    let text = #"{ format: 1, channel: "parrot-mcp", legacy: { writers: "anyone", \#(legacy) },"# + "\n\(settings) }\n"
    try Files.write(channelFile, text)
  }

  // MARK: Commands and services

  var variables: [String] { ["SLUICE_MIGRATIONS=\(root)/migrations"] }

  func words(_ words: [String], of binary: String = Places.binary) -> [String] {
    user + [binary, "--root", root] + words
  }

  func start(_ words: String..., input: String = "", keepsInput: Bool = false) throws -> RunningProgram {
    try RunningProgram(
      self.words(words), input: Array(input.utf8), keepsInput: keepsInput, variables: variables)
  }

  /// Runs `sluice` to its end.
  @discardableResult
  func sluice(_ words: String..., input: String = "", user: [String] = []) throws -> Outcome {
    try RunningProgram(user + self.words(words), input: Array(input.utf8), variables: variables).end(seconds: 60)
  }

  /// Runs a script of a client, with `DIR` and `DROP` for its paths.
  @discardableResult
  func shell(_ script: String, _ arguments: String..., shell: String = "/bin/bash", user: [String] = []) throws
    -> Outcome
  {
    try RunningProgram(user + [shell, "-c", script, shell] + arguments, variables: clientVariables).end()
  }

  var clientVariables: [String] { ["DIR=\(runtime)", "DROP=\(drop)", "ROOT=\(root)", "SLUICE_DIR=\(runtime)"] }

  @discardableResult
  func serve(_ words: String...) throws -> Service {
    let service = try launch("serve", ["serve"] + words)
    try service.waitUntilReady()
    return service
  }

  @discardableResult
  func relay() throws -> Service {
    let service = try launch("relay", ["relay"])
    try service.waitUntilReady()
    return service
  }

  /// Starts a service without waiting until it is ready; one that is to stop or to fail at a named point is the build
  /// that knows such points.
  func launch(_ name: String, _ words: [String], before: [String] = [], more: [String] = []) throws
    -> Service
  {
    started += 1
    let isInstrumented = more.contains { $0.hasPrefix("SLUICE_STOP=") || $0.hasPrefix("SLUICE_FAULT=") }
    let words = self.words(words, of: isInstrumented ? Places.instrumented : Places.binary)
    let service = try Service("\(name)-\(started)", before + words, logs: logs, variables: variables + more)
    services.append(service)
    return service
  }

  /// Both services, with every transport up to a phase open, and no migration.
  @discardableResult
  func open(_ phase: String) throws -> (server: Service, relay: Service) {
    let server = try serve("--phase", phase)
    let relay = try relay()
    try waitForRelay()
    return (server, relay)
  }

  /// kill -9 for those of that name.
  func killServices(_ name: String) throws {
    for service in services where service.name.hasPrefix("\(name)-") { service.kill() }
  }

  func waitForRelay() throws {
    try eventually("the relay is connected") { try status().flag("relayConnected") == true }
  }

  func apply(_ phase: String) throws {
    let outcome = try sluice("apply", "--to", phase, "--yes")
    guard outcome.status == 0 else { throw ScenarioFailure("\(outcome)") }
  }

  func rollback(_ phase: String) throws {
    let outcome = try sluice("rollback", "--to", phase, "--yes")
    guard outcome.status == 0 else { throw ScenarioFailure("\(outcome)") }
  }
}
