import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// kill -9 of `retire` after each thing that the engine writes down or does, and of what recovers as well; one more
/// command finishes it, and nobody else's file is touched. `scripts/crashes --engine` runs it in full.
@Suite(
  .serialized, .printsLogs,
  .enabled(if: StopPoint.isCompiledIn && Privilege.isRoot, "needs a build with stop points, and root")
)
struct RetireKillTests {
  /// Points of a whole retirement; the full test finds out that there are no more.
  static let sample = [17, 38]
  private static let most = 200

  /// Writes drops, each where the last one was taken; ends when it is refused.
  private static let writer = """
    n=0
    while [[ ! -e $ROOT/stop ]]; do
      if [[ ! -s $DROP ]]; then
        echo '{"method":"note","params":{"label":"drop-'$((n + 1))'"}}' > "$DROP" || break
        n=$((n + 1))
      elif ! [[ $(< "$DROP") == '{'* ]]; then
        break
      fi
      sleep 0.01
    done 2>/dev/null
    echo "$n"
    """

  /// What others have beside the channel's objects.
  private static let plant = """
    set -e
    echo theirs > $ROOT/tmp/theirs.json; echo theirs > $ROOT/tmp/.mcp_in.json.theirs; echo theirs > $DIR/notes
    mkfifo -m 600 $DIR/their.fifo; echo theirs > $DIR/replies/theirs
    """
  private static let theirs =
    "cd $ROOT; stat -c '%n %F %a %u %i' tmp/theirs.json tmp/.mcp_in.json.theirs $DIR/notes $DIR/their.fifo $DIR/replies/theirs;"
    + " cat tmp/theirs.json tmp/.mcp_in.json.theirs $DIR/notes $DIR/replies/theirs"

  private static func retire(_ channel: Rehearsal, stop: String?) throws -> Outcome {
    let words = [
      "retire", "--confirm", channel.drop, "--waive", "0", "--reason", "goes on writing", "--waive", "gaps", "--reason",
      "short window",
    ]
    return try RunningProgram(
      channel.words(words, of: stop == nil ? Places.binary : Places.instrumented),
      variables: channel.variables + (stop.map { ["SLUICE_STOP=\($0)"] } ?? [])
    ).end(seconds: 60)
  }

  /// - Parameters:
  ///   - point: the point's number at which it is killed.
  ///   - again: that of the command which recovers; nil where that is let.
  /// - Returns: whether it was killed; false where it has no such point.
  private static func killed(at point: Int, again: Int?) throws -> Bool {
    let what = "killed at point \(point)\(again.map { " and at \($0) of the next" } ?? "")"
    var wasKilled = false
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.askForQuiet("200ms")
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      defer { try? Files.write("\(channel.root)/stop", "") }
      let planted = try channel.shell(plant)
      try #require(planted.status == 0, "\(planted)")
      let before = try channel.shell(theirs).output
      let writer = try RunningProgram(["/bin/bash", "-c", Self.writer], variables: channel.clientVariables)
      try eventually("some drops are handled") { try channel.count("file-drop", "handled") > 2 }
      let first = try retire(channel, stop: "*:\(point)")
      wasKilled = first.status == 137
      if !wasKilled { #expect(first.status == 0, "\(what): \(first)") }
      if wasKilled, let again {
        let second = try retire(channel, stop: "*:\(again)")
        #expect([0, 137].contains(second.status), "\(what): \(second)")
      }
      let last = try retire(channel, stop: nil)
      #expect(last.status == 0, "\(what): \(last)")
      #expect(try channel.status().text("phase") == "retired", "\(what)")
      #expect(try channel.certificate().text("status") == "retired", "\(what)")
      #expect(try channel.shell("echo x > $DROP").status != 0, "\(what): the path is open")
      let runs = try JSONText.object(try channel.sluice("--json", "history", "--limit", "3").output).objects("runs")
      #expect(!runs.contains { $0.text("result") == "interrupted" }, "\(what)")
      try Files.write("\(channel.root)/stop", "")
      let outcome = try writer.end()
      let count = outcome.lines.last.flatMap { Int($0) } ?? 0
      #expect(count > 2, "\(what): \(outcome)")
      let account = try Account(channel)
      account.expectEach(of: "drop", upTo: count)
      // What root wrote into the seal before it was fixed has two writers, and is kept aside.
      #expect(account.quarantined.count <= 1, "\(what)")
      try channel.expectOneEndEach()
      try channel.expectProven()
      #expect(try channel.shell(theirs).output == before, "\(what): somebody else's file was touched")
      #expect(
        try Files.names("\(channel.root)/tmp").filter { $0.hasPrefix(".mcp_in.json.") } == [".mcp_in.json.theirs"],
        "\(what)")
    }
    return wasKilled
  }

  @Test(arguments: sample) func isFinishedAfterAKill(point: Int) throws {
    #expect(try Self.killed(at: point, again: point % 2 == 0 ? 1 + point / 2 : 4), "it has fewer points than \(point)")
  }

  /// Each point once, the recovery killed at every second one; then the others' recovery, wherever that is by then.
  @Test(.enabled(if: EngineCrashTests.isFull, "is long: set SLUICE_TEST_FULL")) func isFinishedAfterAKillAtEachPoint()
    throws
  {
    var (point, recoveries) = (1, 0)
    while point < Self.most {
      let again: Int? = point % 2 == 0 ? 1 + (point * 7) % 23 : nil
      guard try Self.killed(at: point, again: again) else { break }
      if again != nil { recoveries += 1 }
      point += 1
    }
    #expect(point > 40, "only \(point - 1) points")
    // The resume of one that has come far, killed at each of its points.
    for again in 1...24 { _ = try Self.killed(at: 2 * point / 3, again: again) }
    print("retire: \(point - 1) points killed, \(recoveries + 24) recoveries killed as well")
  }

  /// Before the certificate it can be taken back as well, whatever was sealed by then.
  @Test(
    arguments: EngineCrashTests.isFull
      ? ["engine.begun:1", "retire.sealing:1", "retire.placed:1", "retire.sealed:1", "engine.acted:6"]
      : ["retire.sealing:1", "engine.acted:6"])
  func isTakenBackBeforeTheCertificate(stop: String) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.askForQuiet("1ms")
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      let killed = try Self.retireQuietly(channel, stop)
      try #require(killed.status == 137, "\(killed)")
      let back = try channel.sluice("rollback", "--to", "socket", "--yes")
      #expect(back.status == 0 && back.errors.contains("taking it back"), "\(back)")
      #expect(try !Files.exists(channel.drop), "the seal is there yet")
      try channel.expectSettled(.socket, stop)
      try channel.shell(#"echo '{"method":"note","params":{"label":"drop-1"}}' > "$DROP""#)
      try eventually("it is handled") { try channel.count("file-drop", "handled") == 1 }
      try channel.expectProven()
    }
  }

  private static func retireQuietly(_ channel: Rehearsal, _ stop: String) throws -> Outcome {
    try RunningProgram(
      channel.words(
        ["retire", "--confirm", channel.drop, "--waive", "gaps", "--reason", "test"], of: Places.instrumented),
      variables: channel.variables + ["SLUICE_STOP=\(stop)"]
    ).end(seconds: 60)
  }
}
