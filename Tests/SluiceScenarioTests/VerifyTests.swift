import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// The three verdicts, each brought about for real.
@Suite(.serialized, .printsLogs)
struct VerifyTests {
  private func verify(_ channel: Rehearsal, _ more: String...) throws -> (Outcome, JSON5Object) {
    let outcome = try RunningProgram(
      channel.words(["--json", "verify"] + more), variables: channel.variables
    ).end(seconds: 60)
    return (outcome, try JSONText.object(outcome.output))
  }

  private func expectViolated(
    _ channel: Rehearsal, _ section: String, _ text: String, id: String? = nil,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let (outcome, report) = try verify(channel)
    #expect(outcome.status == 5 && report.text("verdict") == "violated", "\(outcome)", sourceLocation: location)
    let finding = report.objects("findings").first {
      $0.text("verdict") == "violated" && $0.text("section") == section && $0.text("finding")?.contains(text) == true
    }
    #expect(finding != nil, "\(section): \(text): \(outcome)", sourceLocation: location)
    guard let id else { return }
    guard case .array(let ids)? = finding?["ids"]?.kind else {
      Issue.record("no ids: \(outcome)", sourceLocation: location)
      return
    }
    #expect(ids.map(\.kind) == [.string(id)], sourceLocation: location)
    #expect(report.text("next") == "sluice audit show --root \(channel.root) --id \(id)", sourceLocation: location)
  }

  /// A channel at phase fifo that took three drops and was stopped in good order.
  private func withTraffic(_ body: (Rehearsal) throws -> Void) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let server = try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      for number in 1...3 {
        let outcome = try channel.sluice(
          "send", "--transport", "file-drop", #"{"method":"note","params":{"n":\#(number)}}"#)
        #expect(outcome.status == 0, "\(outcome)")
      }
      try eventually("three drops are handled") { try channel.count("file-drop", "handled") == 3 }
      try channel.waitUntilDrained()
      let (outcome, _) = try verify(channel)
      #expect(outcome.status == 0, "\(outcome)")
      for service in [relay, server] {
        try service.terminate()
        #expect(try service.end() == 0)
      }
      let (stopped, report) = try verify(channel)
      #expect(stopped.status == 3 && report.text("next") == "sluice serve --root \(channel.root)", "\(stopped)")
      try body(channel)
    }
  }

  private func python(_ script: String, _ arguments: String...) throws -> String {
    let outcome = try RunningProgram(["python3", "-c", script] + arguments).end()
    guard outcome.status == 0 else { throw ScenarioFailure("\(outcome)") }
    return outcome.lines.last.map(String.init) ?? ""
  }

  private func log(_ channel: Rehearsal, _ name: String = "audit") -> String {
    "\(channel.root)/var/log/sluice/parrot-mcp/\(name).jsonl"
  }
  private func database(_ channel: Rehearsal) -> String { "\(channel.state)/state.db" }

  /// Changes the records of a log with a piece of Python (`records`, a list of objects) and seals all of it anew, as
  /// somebody would who wants the change not to be seen.
  private static let reseal = """
    import hashlib, json, sys
    path = sys.argv[1]
    lines = open(path, 'rb').read().splitlines()
    records = [json.loads(l) for l in lines if not l.startswith(b'{"seal"')]
    exec(sys.argv[2])
    previous = '0' * 64
    out, block = [], []
    for number, record in enumerate(records):
        record['seq'] = number + 1
        block.append(json.dumps(record, separators=(',', ':')).encode() + b'\\n')
    digest = hashlib.sha256(previous.encode() + b''.join(block)).hexdigest()
    seal = '{"seal":{"records":%d,"prev":"%s","sha256":"%s"}}\\n' % (len(block), previous, digest)
    data = b''.join(block) + seal.encode()
    open(path, 'wb').write(data)
    print(len(data))
    """

  @Test func aByteOfTheLogIsFound() throws {
    try withTraffic { channel in
      for name in ["audit", "relay"] {
        let kept = try Files.text(log(channel, name))
        _ = try python(
          "import sys; p=sys.argv[1]; b=bytearray(open(p,'rb').read()); b[b.index(b'time')+10]^=1; open(p,'wb').write(b)",
          log(channel, name))
        try expectViolated(channel, "record", "the seal does not match")
        try Files.write(log(channel, name), kept, mode: 0o600)
      }
    }
  }

  @Test func aRowOfTheLedgerIsFound() throws {
    try withTraffic { channel in
      let change = """
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()
        """
      _ = try python(
        change, database(channel), "UPDATE ledger SET handled=handled-1 WHERE route='file-drop' AND handled=3")
      try expectViolated(channel, "ledger", "the ledger has accepted 3, handled 2")
      _ = try python(
        change, database(channel), "UPDATE ledger SET handled=handled+1 WHERE route='file-drop' AND handled=2")
      _ = try python(change, database(channel), "UPDATE drops SET count=count+4")
      try expectViolated(channel, "witness", "the ledger has 7 delivered")
      _ = try python(change, database(channel), "UPDATE drops SET count=count-4")
      _ = try python(
        change, database(channel), "INSERT INTO outcomes VALUES('c0000000000000001-0-0','file-drop','handled',1)")
      try expectViolated(
        channel, "ledger", "with an end in the database and none in the log", id: "c0000000000000001-0-0")
    }
  }

  /// An outcome that is gone from the database would let its message be handled again.
  @Test func aRemovedOutcomeIsFound() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      relay.kill()
      // Lines of the run-file and the time without a relay have outcomes that are still kept.
      try channel.relay()
      try channel.waitForRelay()
      let (before, _) = try verify(channel)
      #expect(!before.output.contains("violated"), "\(before)")
      let change = """
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1])
        ids = [r[0] for r in c.execute("SELECT id FROM outcomes ORDER BY at DESC")]
        c.execute(sys.argv[2]) if len(sys.argv) > 2 else c.execute("DELETE FROM outcomes WHERE id=?", ids[:1])
        c.commit(); print(ids[0])
        """
      let id = try python(change, database(channel))
      try expectViolated(channel, "ledger", "1 removed from the database by something else than sluice: \(id)", id: id)
      _ = try python(change, database(channel), "DELETE FROM outcomes")
      try expectViolated(channel, "ledger", "removed from the database by something else than sluice: ")
    }
  }

  /// The chain is made good again, the database is told, and still the message with two ends is named.
  @Test func aSecondOutcomeIsFound() throws {
    try withTraffic { channel in
      let id = try #require(try channel.events("handled").compactMap { $0.text("id") }.first { $0.hasPrefix("c") })
      let end = try python(
        Self.reseal, log(channel), "r = [r for r in records if r.get('id') == '\(id)'][0]; records.append(dict(r))")
      _ = try python(
        """
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1])
        c.execute("UPDATE facts SET value=? WHERE name='audit-position'", (int(sys.argv[2]),))
        c.execute("UPDATE ledger SET handled=handled+1, accepted=accepted+1 WHERE route='file-drop' AND handled=3")
        c.execute("UPDATE drops SET count=count+1")
        c.commit()
        """, database(channel), end)
      try expectViolated(channel, "ledger", "1 with two ends in the log", id: id)
    }
  }

  /// A message that the relay handed in and that nobody has: its record is gone, and all counts are made to agree.
  @Test func anAcceptedMessageWithoutAnEndIsFound() throws {
    try withTraffic { channel in
      let id = try #require(try channel.events("handled").compactMap { $0.text("id") }.last { $0.hasPrefix("c") })
      let end = try python(Self.reseal, log(channel), "records = [r for r in records if r.get('id') != '\(id)']")
      _ = try python(
        """
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1])
        c.execute("UPDATE facts SET value=? WHERE name='audit-position'", (int(sys.argv[2]),))
        c.execute("UPDATE ledger SET handled=handled-1, accepted=accepted-1 WHERE route='file-drop' AND handled=3")
        c.execute("UPDATE drops SET count=count-1")
        c.commit()
        """, database(channel), end)
      try expectViolated(channel, "ledger", "settled by the relay, without an end in the log", id: id)
      _ = try python(
        Self.reseal, log(channel, "relay"),
        "records = [r for r in records if not (r.get('id') == '\(id)' and r['event'] == 'settled')]")
      try expectViolated(channel, "ledger", "accepted by the relay, without an end and not on their way", id: id)
    }
  }

  /// A time without the relay is named, and makes it unproven until enough time has passed with one.
  @Test func aGapIsNamed() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      #expect(try verify(channel).0.status == 0)
      relay.kill()
      let (absent, first) = try verify(channel)
      #expect(absent.status == 3 && first.text("next") == "sluice relay --root \(channel.root)", "\(absent)")
      try channel.relay()
      try eventually("the gap is on record") { try verify(channel).1.objects("gaps").count == 1 }
      let (outcome, report) = try verify(channel)
      #expect(outcome.status == 3 && report.text("verdict") == "unproven", "\(outcome)")
      let gap = try #require(report.objects("findings").first { $0.text("section") == "coverage" })
      #expect(gap.text("finding")?.contains("relay down: it ended without a word") == true, "\(outcome)")
      #expect(report.text("next")?.contains("--since") == true)
      try eventually("a time with a witness") { try verify(channel, "--since", "100ms").0.status == 0 }
      let (_, later) = try verify(channel, "--since", "100ms")
      #expect(later.objects("gaps").isEmpty)
    }
  }

  /// What the log has of times without the relay the database cannot be rid of.
  @Test(arguments: ["DELETE FROM gaps", "UPDATE gaps SET ended=ended-1"]) func aGapThatIsGoneIsFound(change: String)
    throws
  {
    try Rehearsal.run { channel in
      let server = try channel.serve()
      var relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      relay.kill()
      relay = try channel.relay()
      try eventually("the gap is on record") { try verify(channel).1.objects("gaps").count == 1 }
      for service in [relay, server] {
        try service.terminate()
        #expect(try service.end() == 0)
      }
      #expect(try verify(channel).0.status == 3)
      _ = try python(
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()", database(channel),
        change)
      try expectViolated(channel, "coverage", " in the log that the database does not have so")
    }
  }

  /// What a phase was applied under is in the state: without the files, everything is looked at all the same.
  @Test func withoutManifestsTheStateSaysWhatIsDeclared() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      try channel.directory.makeDirectory("none", mode: 0o755)
      let words = ["--migrations", "\(channel.root)/none"]
      func run(_ verb: String, _ more: [String] = []) throws -> Outcome {
        try RunningProgram(channel.words([verb] + words + more), variables: channel.variables).end(seconds: 60)
      }
      let sound = try run("verify")
      #expect(sound.status == 0 && sound.output.contains("0002-fifo"), "\(sound)")
      try channel.shell(#"chmod 644 "$DIR/mcp.fifo""#)
      let drifted = try run("verify")
      #expect(drifted.status == 4 && drifted.output.contains("mode is 0644"), "\(drifted)")
      try channel.shell(#"chmod 600 "$DIR/mcp.fifo""#)
      let back = try run("rollback", ["--to", "file-drop", "--yes"])
      #expect(back.status == 0, "\(back)")
      try channel.expectSettled(.fileDrop, "without manifests")
    }
  }

  /// Senders refuse what is not as declared: that is drift, and no message is in doubt.
  @Test(arguments: [#"chown 1001 "$DIR/mcp.fifo""#, #"rm "$DIR/mcp.fifo"; echo theirs > "$DIR/mcp.fifo""#])
  func aProbeThatCouldNotBeSentForDriftIsDrift(script: String) throws {
    guard Privilege.isRoot else { return print("not tried: \(Privilege.reason)") }
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      try channel.shell(script)
      let (outcome, report) = try verify(channel)
      #expect(outcome.status == 4 && report.text("verdict") == "drift", "\(outcome)")
      try channel.shell(#"rm "$DIR/mcp.fifo""#)
    }
  }

  @Test func theScreenReadsWell() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      let outcome = try channel.sluice("verify", "--canaries", "3")
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
      for part in [
        "objects", "of 5 as declared", "canaries", "3 sent, 3 seen once, 0 twice, 0 lost, p99", "verdict  proven",
        "next     sluice plan --root \(channel.root) --to socket",
      ] { #expect(outcome.output.contains(part), "\(part): \(outcome)") }
      let wrong = try channel.sluice("verify", "--canaries", "0")
      #expect(wrong.status == 64 && wrong.errors.contains("1 to 1000"), "\(wrong)")
      #expect(try channel.sluice("verify", "--since", "soon").status == 64)
    }
  }
}
