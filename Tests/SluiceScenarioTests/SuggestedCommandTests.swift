import SluiceSystem
import Testing

/// Whatever names a command to give next names the channel as the user did.
@Suite(.serialized, .printsLogs)
struct SuggestedCommandTests {
  private static let verbs = [
    "init", "lint", "scan", "preflight", "plan", "apply", "confirm", "status", "verify", "attest", "clients", "retire",
    "rollback", "history", "serve", "relay", "send", "audit", "quarantine",
  ]

  /// The rest of each command that is named in a text.
  private func commands(in text: String) -> [String] {
    text.split(separator: "sluice ", omittingEmptySubsequences: false).dropFirst().map(String.init).filter { rest in
      Self.verbs.contains { rest.hasPrefix($0) && rest.dropFirst($0.count).first?.isLetter != true }
    }
  }

  private func expectNamed(_ channel: Rehearsal, _ words: String..., least: Int = 1) throws {
    for json in [[], ["--json"]] {
      let outcome = try RunningProgram(channel.words(json + words), variables: channel.variables).end(seconds: 60)
      let named = commands(in: outcome.output + outcome.errors)
      #expect(named.count >= least || !json.isEmpty, "\(outcome)")
      for command in named { #expect(command.contains(" --root \(channel.root)"), "\(words): \(command): \(outcome)") }
    }
  }

  @Test func everyOneNamesTheRoot() throws {
    try Rehearsal.run { channel in
      for words in ["status", "verify", "clients", "scan", "plan"] { try expectNamed(channel, words) }
      try expectNamed(channel, "apply", "--yes")
      try expectNamed(channel, "send", #"{"method":"ping"}"#)
      try expectNamed(channel, "retire")
      try expectNamed(channel, "retire", "--show")
      try expectNamed(channel, "init", "--channel", "other", "--config", "\(channel.root)/other.json5")
      try expectNamed(channel, "--channel", "missing", "status")
      try channel.serve()
      try expectNamed(channel, "apply", "--yes")
      try channel.relay()
      try channel.waitForRelay()
      let applied = try channel.sluice("apply", "--trial", "10m", "--yes")
      #expect(applied.output.contains("unless you run: sluice confirm --root \(channel.root)"), "\(applied)")
      try expectNamed(channel, "status", least: 3)
      for words in ["verify", "clients", "plan"] { try expectNamed(channel, words) }
    }
  }

  /// As it is printed, it can be given to a shell.
  @Test func theNextCommandRuns() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let next = try #require(try channel.status().text("next"))
      #expect(next.hasPrefix("sluice plan --root "))
      let words = next.dropFirst("sluice ".count)
      let outcome = try channel.shell("'\(Places.binary)' \(words) --migrations \"$ROOT/migrations\"")
      #expect(outcome.status == 0 && outcome.output.contains("from file-drop to run-file"), "\(outcome)")
    }
  }
}
