import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// What an operator sees: on terminals wide and narrow, without one, and while things go on.
@Suite(.serialized, .printsLogs)
struct ScreenTests {
  /// The text without what only a terminal obeys.
  private static func plain(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let escape = rest.firstIndex(of: "\u{1B}") {
      result += rest[..<escape]
      rest = rest[escape...].drop { !$0.isLetter }.dropFirst()
    }
    return (result + rest).replacing("\r\n", with: "\n").replacing("\r", with: "\n")
  }

  private func terminal(_ channel: Rehearsal, _ words: [String], columns: Int = 80, keys: String = "") throws -> Outcome
  {
    try TerminalRun.run(channel.words(words), columns: columns, keys: keys, channel.variables)
  }

  @Test func screensFitTheirTerminal() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      for columns in [40, 80, 132, 200] {
        for words in [["status"], ["plan", "--to", "socket"], ["history", "--steps"], ["verify", "--canaries", "1"]] {
          let outcome = try terminal(channel, words, columns: columns)
          #expect(outcome.status == 0, "\(outcome)")
          #expect(outcome.output.contains("\u{1B}["), "colours on a terminal: \(outcome)")
          for line in Self.plain(outcome.output).split(separator: "\n") where columns >= 80 || words[0] == "plan" {
            // A word that is longer than its column stays whole where it is copied from.
            #expect(
              line.count <= columns || line.contains("/"), "\(words) at \(columns): \(line.count) \(line)")
          }
        }
      }
      let wide = try terminal(channel, ["plan"], columns: 200)
      #expect(
        Self.plain(wide.output).contains("UNDO")
          && Self.plain(wide.output).contains("next  sluice apply --root \(channel.root) --to socket"))
      let quiet = try TerminalRun.run(["env", "NO_COLOR=1"] + channel.words(["status"]), channel.variables)
      #expect(!quiet.output.contains("\u{1B}"), "\(quiet)")
      let dumb = try TerminalRun.run(["env", "TERM=dumb"] + channel.words(["status"]), channel.variables)
      #expect(!dumb.output.contains("\u{1B}"), "\(dumb)")
    }
  }

  /// Those that were made for wide ones.
  @Test func longTextsFitANarrowTerminal() throws {
    try Rehearsal.run { channel in
      let stopped = try terminal(channel, ["apply", "--yes"], columns: 60)
      #expect(stopped.status == 69, "\(stopped)")
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.shell(#"echo '{"method":"ping"}' > "$DROP"; chmod 666 "$DROP""#)
      var seen = [stopped]
      for words in [
        ["scan", "--fail-on", "high"], ["preflight", "--seconds", "1"], ["serve", "--check"], ["relay", "--check"],
        ["clients"], ["apply", "--to", "fifo", "--yes"],
      ] { seen.append(try terminal(channel, words, columns: 60)) }
      for outcome in seen {
        let lines = Self.plain(outcome.output).split(separator: "\n")
        #expect(lines.count > 0, "\(outcome)")
        for line in lines {
          // A path or an option with one stays whole, to be copied.
          let longest = line.split(separator: " ").map(\.count).max() ?? 0
          #expect(line.count <= 60 || longest > 30, "\(line.count): \(line): \(outcome)")
        }
      }
    }
  }

  @Test func planShowsDriftFirstAndWhatUndoingCosts() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let up = try channel.sluice("plan", "--to", "socket")
      #expect(up.output.contains("undo  sluice rollback --root \(channel.root) --to file-drop: "), "\(up)")
      #expect(up.output.contains("handed back in order (0 messages are now)"), "\(up)")
      try channel.apply("run-file")
      #expect(try !channel.sluice("plan").output.contains("drift"))
      _ = try channel.shell("chmod 640 $DIR/mcp_in.json")
      let drift = try channel.sluice("plan")
      let lines = drift.lines
      #expect(lines.first == "drift, changed outside sluice:", "\(drift)")
      #expect(lines.dropFirst().first?.contains("mode is 0640, declared is 0600: chmod 0600") == true, "\(drift)")
      let json = try JSONText.object(try channel.sluice("--json", "plan").output)
      #expect(json.objects("drift").map { $0.text("path") } == [channel.runFile])
      #expect(json.object("undo")?.text("command") == "sluice rollback --root \(channel.root) --to run-file")
    }
  }

  @Test func progressIsForTerminalsOnly() throws {
    try Rehearsal.run { channel in
      try channel.useManifestsAsTheyAre()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let seen = try terminal(channel, ["apply", "--to", "run-file", "--yes"])
      #expect(seen.status == 0 && seen.output.contains("s left"), "\(seen)")
      // Of the look for an old server, too, which takes 3 s.
      let look = seen.output.firstRange(of: "old server").map { seen.output[$0.upperBound...] } ?? ""
      #expect(look.prefix(400).contains("2.5 s left"), "\(seen)")
      let plain = try channel.sluice("apply", "--to", "fifo", "--yes")
      #expect(plain.status == 0 && !plain.errors.contains("left") && !plain.errors.contains("\r"), "\(plain)")
      let quiet = try channel.sluice("--quiet", "apply", "--to", "socket", "--yes")
      #expect(quiet.errors.isEmpty, "\(quiet)")
    }
  }

  @Test func questionsAreAskedOnATerminalOnly() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let no = try terminal(channel, ["apply"], keys: "n\n")
      #expect(no.status == 1 && no.output.contains("[y/N]") && no.output.contains("nothing was changed"), "\(no)")
      let nobody = try channel.sluice("apply", input: "y\n")
      #expect(nobody.status == 64 && nobody.errors.contains("--yes"), "\(nobody)")
      let yes = try terminal(channel, ["apply"], keys: "y\n")
      #expect(yes.status == 0, "\(yes)")
      #expect(try channel.status().text("phase") == "run-file")
    }
  }

  @Test func watchWritesALineForEachChange() throws {
    try Rehearsal.run { channel in
      let watch = try channel.start("status", "--watch", "--interval", "100ms")
      try watch.until("it begins") { $0.contains("phase file-drop; no server") }
      let server = try channel.serve()
      try watch.until("the server") { $0.contains("server \(server.pid)") }
      try channel.relay()
      try watch.until("the relay") { $0.contains("relay holds") }
      try channel.apply("run-file")
      try watch.until("the phase") { $0.contains("phase run-file") }
      server.kill()
      try watch.until("the server's end") { $0.contains("phase run-file; no server") }
      let second = try channel.serve()
      try watch.until("another server") { $0.contains("server \(second.pid)") }
      try watch.signal("INT")
      let outcome = try watch.end()
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
      let texts = outcome.lines.map { $0.dropFirst(21) }
      #expect(zip(texts, texts.dropFirst()).allSatisfy { $0 != $1 }, "no line twice: \(outcome)")
    }
  }

  @Test func watchEndsWithItsReader() throws {
    try Rehearsal.run { channel in
      let words = channel.words(["status", "--watch"]).map { "'\($0)'" }.joined(separator: " ")
      let outcome = try RunningProgram(
        ["/bin/bash", "-c", "set -o pipefail; \(words) | head -n 1; echo \"${PIPESTATUS[0]}\""],
        variables: channel.variables
      ).end(seconds: 20)
      #expect(outcome.lines.last == "0", "\(outcome)")
    }
  }

  @Test func watchDrawsOnATerminal() throws {
    try Rehearsal.run { channel in
      let outcome = try TerminalRun.run(
        channel.words(["status", "--watch", "--interval", "200ms"]), columns: 60, rows: 8, seconds: 1,
        channel.variables)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains("\u{1B}[H") && outcome.output.contains("not running"), "\(outcome)")
      // No screen is longer than the terminal, which would scroll.
      for screen in outcome.output.split(separator: "\u{1B}[H") {
        #expect(screen.split(separator: "\r\n").count <= 8, "\(outcome)")
      }
    }
  }

  @Test func watchWritesJSONObjects() throws {
    try Rehearsal.run { channel in
      let watch = try channel.start("--json", "status", "--watch", "--interval", "100ms")
      try watch.until("an object") { $0.contains("\"running\":false") }
      try channel.serve()
      try watch.until("another") { $0.contains("\"running\":true") }
      try watch.signal("TERM")
      let outcome = try watch.end()
      #expect(outcome.status == 0)
      for line in outcome.lines { #expect(try JSONText.object(line).number("format") == 1) }
    }
  }

  /// Text of others does nothing to a terminal.
  @Test func hostileTextIsMadeSafe() throws {
    try Rehearsal.run(#"paths: { runtime: "/run/\x1b[2J\u202Eevil" },"#) { channel in
      for words in [["status"], ["plan"], ["verify"], ["lint"], ["history"], ["serve", "--check"]] {
        let outcome = try RunningProgram(channel.words(words), variables: channel.variables).end()
        for text in [outcome.output, outcome.errors] {
          #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"), "\(words): \(outcome)")
        }
      }
    }
  }
}
