import SluiceChannel
import SluiceSystem
import Testing

/// What a rollback leaves where it stands, since something is in it.
@Suite(.serialized, .printsLogs)
struct LeftObjectTests {
  /// A FIFO in which lines wait, and a server that has no place to read them into.
  @Test(.enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
  func aFIFOWithBytesInIt() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      let back = try RunningProgram(
        channel.words(["rollback", "--to", "run-file", "--yes"], of: Places.instrumented),
        variables: channel.variables + ["SLUICE_STOP=engine.observed:4", "SLUICE_STOP_BY=STOP"])
      defer { back.kill() }
      try eventually("what came through the FIFO is settled") {
        try Files.text("/proc/\(back.pid)/stat").split(separator: ")").last?.hasPrefix(" T") == true
      }
      let script = #"mkfifo -m 0620 "$1"; exec 7<>"$1"; echo unread >&7; rm -r "$2"; echo ready; read -r x"#
      let holder = try RunningProgram(
        ["/bin/bash", "-c", script, "holder", channel.fifo, "\(channel.state)/spool"], keepsInput: true)
      defer { holder.kill() }
      try holder.until("it stands there") { $0.contains("ready") }
      try back.signal("CONT")
      let outcome = try back.end(seconds: 30)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.errors.contains("left: it holds 7 bytes that nobody has read"), "\(outcome)")
      #expect(try Files.exists(channel.fifo), "what is in it is not ours to throw away")
      #expect(try channel.status().text("phase") == "run-file")
      let steps = try JSONText.object(try channel.sluice("--json", "history", "--steps", "--limit", "1").output)
      let results = steps.objects("runs").first?.objects("steps").compactMap { $0.text("result") } ?? []
      #expect(results.contains("left: it holds 7 bytes that nobody has read"), "\(results)")
    }
  }
}
