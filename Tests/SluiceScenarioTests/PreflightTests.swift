import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// `sluice preflight` beside real callers.
@Suite(.serialized, .printsLogs)
struct PreflightTests {
  private func look(
    _ script: String, user: [String] = [], before: [String] = [],
    _ body: (Rehearsal, Outcome, JSON5Object) throws -> Void
  ) throws {
    try Rehearsal.run(isOpen: true) { channel in
      let preflight = try RunningProgram(
        before + channel.words(["--json", "preflight", "--seconds", "2"]), variables: channel.variables)
      try preflight.untilErrors("it watches") { $0.contains("watching ") }
      try channel.shell(script, user: user)
      let outcome = try preflight.end()
      // Whatever keeps it from its work it says, with its exit code.
      guard !outcome.output.isEmpty else { throw ScenarioFailure("\(outcome)") }
      try body(channel, outcome, try JSONText.object(outcome.output))
    }
  }

  @Test func anOldServerAndItsClients() throws {
    let script = #"""
      for i in 1 2 3 4 5; do echo '{"n":'$i'}' > $DROP; sleep 0.05; cat $DROP >/dev/null; rm $DROP; sleep 0.02; done
      """#
    try look(script) { channel, outcome, report in
      #expect(outcome.status == 0, "\(outcome)")
      let path = try #require(report.objects("paths").first { $0.text("path") == channel.drop })
      #expect(path.number("drops") == 5 && path.number("taken") == 5 && path.number("overwritten") == 0, "\(outcome)")
      let advice = try #require(report.object("recommended"))
      #expect(advice.text("consume") == "take" && advice.text("ingress") == "watch", "\(outcome)")
      // Nothing was taken, made or left.
      #expect(try Files.names("\(channel.root)/tmp") == [])
      #expect(try !Files.exists(channel.state))
    }
  }

  @Test func callersThatMeetAndReadBack() throws {
    let script = #"""
      for i in {1..30}; do { printf '{"n":'; read -rt 0.002 <> <(:); echo "$i}"; } > $DROP; cat $DROP >/dev/null; done &
      for i in {1..30}; do { printf '{"n":'; read -rt 0.002 <> <(:); echo "$i}"; } > $DROP; done; wait
      """#
    try look(script) { _, outcome, report in
      let advice = try #require(report.object("recommended"))
      #expect(advice.text("consume") == "linger" && advice.text("ingress") == "gate" || !Privilege.isRoot, "\(outcome)")
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func callersOfOthersAreNamed() throws {
    try look("for i in 1 2 3; do echo $i > $DROP; sleep 0.1; done", user: SecondUser.prefix) {
      channel, outcome, report in
      #expect(report.text("programsNamedBy") == "events", "\(outcome)")
      let caller = report.objects("callers").first { $0.number("uid") == Int64(SecondUser.id) }
      #expect(caller?.text("program")?.hasSuffix("bash") == true, "\(outcome)")
      let path = try #require(report.objects("paths").first { $0.text("path") == channel.drop })
      #expect(path.object("owners")?.number("65534") == 3, "\(outcome)")
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func anOrdinaryUserSeesWhatItWouldLack() throws {
    try look("echo x > $DROP", before: SecondUser.prefix) { _, outcome, report in
      #expect(outcome.status == 0 && report.text("programsNamedBy") == "openFiles", "\(outcome)")
      let findings = report.objects("findings").compactMap { $0.text("text") }
      #expect(findings.contains { $0.contains("CAP_FOWNER") }, "\(outcome)")
    }
  }

  private static let hungry = """
    import ctypes, resource, sys
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    libc, count = ctypes.CDLL(None, use_errno=True), 0
    while libc.inotify_init1(0) >= 0: count += 1
    print(count, ctypes.get_errno(), flush=True)
    sys.stdin.read()
    """

  /// A user's inotify instances are few, and whoever runs out of them must be told so.
  @Test(.enabled(if: ForeignRelay.isAvailable, "\(ForeignRelay.reason)"))
  func withoutAnInotifyInstanceItSaysSo() throws {
    try Rehearsal.run(isOpen: true) { channel in
      // Nobody else's user, so that no other test is short of them.
      let user = Users.strangerPrefix(1007)
      let hungry = try RunningProgram(user + ["/usr/bin/python3", "-c", Self.hungry], keepsInput: true)
      defer { hungry.kill() }
      try hungry.until("there is none left") { $0.hasSuffix("24\n") }
      for words in [["preflight", "--seconds", "1"], ["--json", "preflight", "--seconds", "1"]] {
        let outcome = try RunningProgram(user + channel.words(words), variables: channel.variables).end()
        #expect(outcome.status == 1 && outcome.output.isEmpty && outcome.sentences.count == 1, "\(outcome)")
        #expect(outcome.errors.contains("fs.inotify.max_user_instances"), "\(outcome)")
      }
    }
  }

  @Test func badWordsAndMissingDirectories() throws {
    try Rehearsal.run { channel in
      for text in ["0", "x", "86401", "-1"] {
        #expect(try channel.sluice("preflight", "--seconds", text).status == 64)
      }
      try channel.shell("rmdir $ROOT/tmp")
      let outcome = try channel.sluice("preflight", "--seconds", "1")
      #expect(outcome.status == 1 && outcome.errors.contains("\(channel.root)/tmp"), "\(outcome)")
    }
  }
}
