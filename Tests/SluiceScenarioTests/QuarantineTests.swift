import SluiceChannel
import SluiceTestSupport
import Testing

/// What was kept aside: looked at, handled again once, or let go of.
@Suite(.serialized, .printsLogs)
struct QuarantineTests {
  private static let failing =
    #"read -r line; [ -e "$1.works" ] || { kill -9 $PPID; exit 1; }; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#

  private func kept(_ channel: Rehearsal) throws -> [String] {
    try JSONText.object(try channel.sluice("--json", "quarantine", "list").output).objects("quarantine")
      .compactMap { $0.text("id") }
  }

  @Test func aMalformedDropIsListedShownAndLetGoOf() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("run-file")
      try channel.shell(#"printf 'no\033]0;json\n' > "$DROP""#)
      try eventually("it is kept") { try kept(channel).count == 1 }
      // The bytes are kept before the server has recorded why.
      try eventually("the list says why") {
        try channel.sluice("quarantine", "list").output.contains("not a JSON text")
      }
      let id = try #require(try kept(channel).first)
      #expect(try channel.sluice("quarantine", "show", id).output == "no\u{1b}]0;json\n")
      #expect(try channel.sluice("quarantine", "retry", id, "--yes").status == 1, "it is malformed still")
      #expect(try kept(channel) == [id])
      #expect(try channel.sluice("quarantine", "drop", id).status == 64, "nobody was asked")
      #expect(try channel.sluice("quarantine", "drop", id, "--yes").status == 0)
      #expect(try kept(channel) == [])
      try eventually("the audit log says so") { try channel.events("quarantine-dropped").count == 1 }
      #expect(try channel.sluice("quarantine", "drop", id, "--yes").status == 1, "there is nothing left")
      for bad in ["../../etc/passwd", "x", ".c-1", ""] {
        #expect(try channel.sluice("quarantine", "show", bad).status != 0)
        #expect(try channel.sluice("quarantine", "drop", bad, "--yes").status != 0)
      }
      try channel.expectBalanced()
    }
  }

  /// The handler was killed with its server, so that it may have acted: an operator decides that it may act again.
  @Test func anInterruptedMessageIsHandledAgainOnce() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.failing))
      var (server, _) = try channel.open("run-file")
      let message = #"{"method":"note","params":{"label":"again"}}"#
      try channel.shell(#"echo '\#(message)' > "$DROP""#)
      _ = try server.end()
      server = try channel.serve("--phase", "run-file")
      try eventually("it is kept as interrupted") { try kept(channel).count == 1 }
      try Files.write("\(channel.record).works", "")
      let retry = try channel.sluice("quarantine", "retry", "--all", "--yes")
      #expect(retry.status == 0 && retry.output.hasSuffix(": handled\n"), "\(retry)")
      #expect(try Files.lines(channel.record) == [message])
      #expect(try kept(channel) == [])
      #expect(try channel.sluice("quarantine", "retry", "--all", "--yes").output == "nothing is kept aside\n")
      try channel.expectOneEndEach()
      try channel.expectBalanced()
    }
  }
}
