import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// `sluice rehearse`: the whole way with writers, in a root of its own, and an account that finds what is wrong.
@Suite(.serialized, .printsLogs)
struct RehearseTests {
  private func rehearse(
    _ words: [String], binary: String = Places.binary, user: [String] = [], _ variables: [String] = []
  ) throws -> (Outcome, JSON5Object?, left: [String]) {
    let place = try TemporaryDirectory(mode: 0o711)
    let manifests = try TemporaryDirectory(mode: 0o755)
    for name in try Files.names("\(Places.repository)/migrations") {
      let text = try Files.text("\(Places.repository)/migrations/\(name)")
      try Files.write(
        "\(manifests.path)/\(name)",
        text.replacing(#"settle: "1s""#, with: #"settle: "100ms""#)
          .replacing(#"oldServer: "3s""#, with: #"oldServer: "100ms""#))
    }
    if !user.isEmpty { _ = try RunningProgram(["chown", "65534:65534", place.path]).end() }
    let outcome = try RunningProgram(
      user + [
        binary, "--root", "\(place.path)/none", "--json", "rehearse", "--migrations", manifests.path,
      ]
        + words,
      variables: ["TMPDIR=\(place.path)"] + variables
    ).end(seconds: 300)
    let report = outcome.output.isEmpty ? nil : try JSONText.object(outcome.output)
    return (outcome, report, try place.names())
  }

  private func expectGone(_ name: String, location: SourceLocation = #_sourceLocation) throws {
    let running = try RunningProgram(["pgrep", "-f", name]).end()
    #expect(running.output.isEmpty, "\(running)", sourceLocation: location)
  }

  @Test func theWayUpAndDownAndUpBalances() throws {
    let (outcome, report, left) = try rehearse(["--to", "run-file"])
    #expect(outcome.status == 0, "\(outcome)")
    let account = try #require(report?.object("account"))
    #expect(report?.text("result") == "balanced" && report?.text("handler") == "recording")
    #expect(account.number("twice") == 0 && account.number("lost") == 0, "\(outcome)")
    #expect((account.number("written") ?? 0) > 50 && (account.number("handled") ?? 0) > 30, "\(outcome)")
    #expect((account.number("oldServer") ?? 0) > 0, "\(outcome)")
    #expect(
      account.number("accepted") == (account.number("handled") ?? 0) + (account.number("keptAside") ?? 0), "\(outcome)")
    let runs = report?.objects("steps").compactMap { $0.text("run") } ?? []
    #expect(
      runs.reduce(into: []) { if $0.last != $1 { $0.append($1) } } == [
        "apply file-drop run-file", "rollback run-file file-drop", "apply file-drop run-file",
      ])
    #expect(left == [], "the root is removed")
    try expectGone("sluice-rehearsal")
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func anOrdinaryUserCanAndMayKeepIt() throws {
    let (outcome, report, left) = try rehearse(
      ["--to", "run-file", "--seconds", "0", "--keep"], user: SecondUser.prefix)
    #expect(outcome.status == 0, "\(outcome)")
    let root = try #require(report?.text("root"))
    #expect(left.count == 1 && root.hasSuffix(left.first ?? "-"), "\(left) \(outcome)")
    #expect(outcome.errors.contains("left behind: \(root)"), "\(outcome)")
  }

  /// In a build that can be told to break a rule the rehearsal notices it.
  @Test(arguments: [("lose-drops", "without an end in the log"), ("handle-twice", "handled twice")])
  func aPlantedFaultIsFound(fault: String, sentence: String) throws {
    let (outcome, report, left) = try rehearse(
      ["--to", "run-file"], binary: Places.instrumented, ["SLUICE_FAULT=\(fault)"])
    #expect(outcome.status == 5 && report?.text("result") == "violated", "\(outcome)")
    #expect(outcome.output.contains(sentence), "\(outcome)")
    #expect(left == [])
  }

  @Test func aRehearsalThatIsInterruptedLeavesNothingBehind() throws {
    let place = try TemporaryDirectory(mode: 0o711)
    let program = try RunningProgram(
      [
        Places.binary, "--root", "\(place.path)/none", "rehearse", "--migrations", "\(Places.repository)/migrations",
        "--seconds", "60",
      ], variables: ["TMPDIR=\(place.path)"])
    try program.untilErrors("it rehearses") { $0.contains("rehearsing below") }
    try eventually("its services run") { try !place.names().isEmpty }
    try program.signal("INT")
    let outcome = try program.end()
    #expect(outcome.status == 1 && outcome.errors.contains("interrupted"), "\(outcome)")
    #expect(try place.names() == [])
    try expectGone(place.path)
  }

  /// The place where a run waits to be killed is none outside of a rehearsal's root.
  @Test func theStopIsARehearsalsOnly() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let outcome = try RunningProgram(
        channel.words(["apply", "--to", "run-file", "--yes"]),
        variables: channel.variables + ["SLUICE_REHEARSAL_STOP=\(channel.root):1"]
      ).end(seconds: 30)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func everyStepCanBeKilled() throws {
    let isFull = Process.environment("SLUICE_TEST_FULL") != nil
    let (outcome, report, left) = try rehearse(
      ["--kill-every-step", "--seconds", "0"] + (isFull ? [] : ["--to", "run-file"]))
    #expect(outcome.status == 0 && left == [], "\(outcome)")
    let kills = Set(report?.objects("steps").compactMap { $0.number("kills") } ?? [])
    #expect((kills.max() ?? 0) >= 5, "\(outcome)")
  }
}
