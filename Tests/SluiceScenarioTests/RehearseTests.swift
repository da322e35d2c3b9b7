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
    try expectGone(place.path)
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
  }

  /// To the point of no return and what is behind it: an old client gets an error from the sealed path.
  @Test func theWayEndsWithASealedPath() throws {
    let (outcome, report, left) = try rehearse(["--seconds", "0", "--to", "retired"])
    #expect(outcome.status == 0 && left == [], "\(outcome)")
    #expect(report?.text("result") == "balanced", "\(outcome)")
    let last = report?.objects("steps").filter { $0.text("run") == "retire socket retired" } ?? []
    let verbs = last.compactMap { $0.text("verb") }
    #expect(verbs.contains("seal") && verbs.contains("try seal") && verbs.last == "certify", "\(verbs)")
    #expect(outcome.errors.contains("retire socket -> retired"), "\(outcome)")
  }

  /// A root that is never named again: what is below it was sealed with a weak seal, since this user has no other.
  @Test(
    .enabled(
      if: SecondUser.isAvailable && EngineCrashTests.isFull, "takes a while: set SLUICE_TEST_FULL; \(SecondUser.reason)"
    ))
  func anOrdinaryUsersSealIsNamedWeak() throws {
    let (outcome, report, left) = try rehearse(["--seconds", "0"], user: SecondUser.prefix)
    #expect(outcome.status == 0 && left == [], "\(outcome)")
    #expect(outcome.errors.contains("the seal is a weak one here"), "\(outcome)")
    #expect(report?.objects("steps").contains { $0.text("run") == "retire socket retired" } == true)
  }

  /// The channel's own handler answers, and its own books are the ledger.
  @Test func theChannelsOwnHandlerCanAnswer() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(#"cat >>"$1"; echo '{"result":"own"}'"# + "\n"))
      let outcome = try RunningProgram(
        channel.words([
          "--json", "rehearse", "--handler", "channel", "--to", "run-file", "--seconds", "0",
        ]), variables: channel.variables + ["TMPDIR=\(channel.root)"]
      ).end(seconds: 60)
      #expect(outcome.status == 0, "\(outcome)")
      let report = try JSONText.object(outcome.output)
      #expect(report.text("handler") == "channel" && report.text("result") == "balanced")
      let account = try #require(report.object("account"))
      let handled = try Files.lines(channel.record).filter { $0.contains(#""method":"rehearse""#) }.count
      #expect(handled > 0 && account.number("handled") == Int64(handled), "\(handled): \(outcome)")
      #expect(account.number("lost") == 0 && account.number("twice") == 0)
    }
  }

  /// What the channel's own handler fails at is in the ledger, and no reason that an account should not balance.
  @Test func aHandlerThatFailsIsCounted() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(#"cat >>"$1"; exit 3"# + "\n"))
      let outcome = try RunningProgram(
        channel.words(["--json", "rehearse", "--handler", "channel", "--to", "run-file", "--seconds", "0"]),
        variables: channel.variables + ["TMPDIR=\(channel.root)"]
      ).end(seconds: 60)
      #expect(outcome.status == 0, "\(outcome)")
      let account = try #require(JSONText.object(outcome.output).object("account"))
      #expect((account.number("accepted") ?? 0) > 0 && account.number("lost") == 0, "\(outcome)")
      #expect(try Files.names(channel.root).allSatisfy { !$0.hasPrefix("sluice-rehearsal") })
    }
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
    guard isFull else { return }
    let retired = report?.objects("steps").first { $0.text("run") == "retire socket retired" }
    #expect((retired?.number("kills") ?? 0) >= 8, "\(outcome)")
  }
}
