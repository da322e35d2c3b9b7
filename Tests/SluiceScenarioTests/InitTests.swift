import Testing

@Suite(.serialized, .printsLogs)
struct InitTests {
  @Test func linesThatAreNoVariablesAreNamed() throws {
    try Rehearsal.run { channel in
      let file = "\(channel.root)/config.env"
      let junk = (0..<30).map { "junk \($0)" }.joined(separator: "\n")
      try Files.write(file, "PARROT_IPC_DIR=/tmp\nhello \u{1B}[2J\nPARROT_MCP_INPT=/tmp/x\n\(junk)\n")
      let outcome = try channel.sluice("init", "--channel", "other", "--from-env", file, "--print")
      #expect(outcome.status == 0 && outcome.output.contains("channel: \"other\""), "\(outcome)")
      #expect(outcome.errors.contains("\(file):2: ignored: no KEY=value line: hello "), "\(outcome)")
      #expect(outcome.errors.contains("\(file):3: ignored: PARROT_MCP_INPT is no variable"), "\(outcome)")
      #expect(outcome.errors.contains("\(file): and 12 more lines") && !outcome.errors.contains("\u{1B}"), "\(outcome)")
      let quiet = try channel.sluice("--quiet", "init", "--channel", "other", "--from-env", file, "--print")
      #expect(quiet.status == 0 && quiet.errors.isEmpty, "\(quiet)")
    }
  }
}
