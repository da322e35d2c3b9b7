import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// A retire that is killed anywhere is finished by running it again, while waived clients go on writing.
@Suite(.serialized, .printsLogs)
struct RetireCrashTests {
  /// Writes numbered drops, each where the last one was taken; what is refused is not counted, and said.
  private static let writer = """
    n=0
    refused=0
    while [[ ! -e $ROOT/stop ]]; do
      message='{"method":"note","params":{"label":"drop-'$((n + 1))'"}}'
      if [[ -f $DROP && ! -s $DROP ]] || [[ ! -e $DROP ]] || ! [[ $(< "$DROP") == '{'* ]]; then
        if ((n % 2)); then
          if echo "$message" > "$DROP"; then n=$((n + 1)); else refused=1; : > $ROOT/refused; fi
        else
          echo "$message" > "$DROP.new"
          if mv -f "$DROP.new" "$DROP" 2>/dev/null; then n=$((n + 1)); else refused=1; : > $ROOT/refused; fi
        fi
      fi
      sleep 0.02
    done 2>/dev/null
    echo "$n $refused"
    """

  @Test(
    .enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"),
    arguments: [
      "retire.sealing:1", "retire.placed:1", "retire.sealed:1", "retire.tried:1", "retire.certified:1",
      "retire.given-up:1", "retire.given-up:2", "retire.certified:2",
    ])
  func isFinishedByRunningItAgain(stop: String) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.askForQuiet("300ms")
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      defer { try? Files.write("\(channel.root)/stop", "") }
      let writer = try RunningProgram(["/bin/bash", "-c", Self.writer], variables: channel.clientVariables)
      try eventually("some drops are handled") { try channel.count("file-drop", "handled") > 3 }
      let words = ["retire", "--confirm", channel.drop, "--waive", "0", "--reason", "goes on writing"]
      let killed = try RunningProgram(
        channel.words(words, of: Places.instrumented), variables: channel.variables + ["SLUICE_STOP=\(stop)"]
      ).end(seconds: 60)
      guard killed.status == 137 else { throw ScenarioFailure("\(stop): \(killed)") }
      // Sealing was confirmed once it has begun: then nothing is asked any more.
      let finish =
        stop.hasPrefix("retire.sealing") ? try channel.retire(Array(words.dropFirst())) : try channel.retire()
      guard finish.status == 0 else { throw ScenarioFailure("\(stop): \(finish)") }
      try eventually("the writer is refused") {
        try Files.exists("\(channel.root)/refused")
      }
      try Files.write("\(channel.root)/stop", "")
      let counts = try writer.end().lines.last?.split(separator: " ").compactMap { Int($0) } ?? []
      #expect(counts.count == 2 && counts.last == 1, "\(counts)")
      let account = try Account(channel)
      account.expectEach(of: "drop", upTo: counts.first ?? 0)
      // What root wrote into the seal before it was fixed has two writers, and is kept aside.
      #expect(account.quarantined.count <= (stop.hasPrefix("retire.placed") ? 1 : 0))
      #expect(try channel.status().text("phase") == "retired")
      #expect(try channel.certificate().text("status") == "retired")
      #expect(try channel.certificate().objects("waivers").first?.text("caller") == "0")
      try channel.expectProven()
      try channel.expectOneEndEach()
      #expect(try channel.retire().status == 0)
    }
  }

  /// A server that is started anew in phase retired opens what is left, and the relay leaves the seal alone.
  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"))
  func servicesThatStartInPhaseRetired() throws {
    try Rehearsal.run { channel in
      try channel.askForQuiet("100ms")
      let server = try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      try channel.waitForQuiet()
      #expect(try channel.retire("--confirm", channel.drop).status == 0)
      relay.kill()
      server.kill()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.expectProven()
      #expect(try channel.shell("echo x > $DROP").status != 0)
      #expect(try !Files.exists(channel.fifo) && !Files.exists(channel.runFile))
      #expect(try Files.names(channel.quarantine).isEmpty)
    }
  }
}
