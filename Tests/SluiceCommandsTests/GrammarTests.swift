import SluiceCommandLine
import Testing

@testable import SluiceCommands

@Suite struct GrammarTests {
  @Test func theGrammarIsSound() { #expect(Grammar.sluice.defects.isEmpty, "\(Grammar.sluice.defects)") }

  @Test func everyCommandHasHelp() {
    for (path, command) in Grammar.sluice.allCommands {
      let text = HelpScreen(Grammar.sluice).text(for: path)
      #expect(text.contains(command.summary.prefix(30)), "\(path)")
    }
  }

  @Test func topicsAreExplained() {
    let text = HelpScreen(Grammar.sluice).text(for: ["security"])
    #expect(text.contains("WHAT IS NOT PROMISED") && text.contains("Landlock"))
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 120 })
    #expect(HelpScreen(Grammar.sluice).text().contains("Topics:\n  security"))
  }

  /// A run of the program that touches nothing, and its exit status.
  struct Run: Sendable, CustomTestStringConvertible {
    let words: [String]
    let status: Int32
    var testDescription: String { words.joined(separator: " ") }
  }

  static let runs: [Run] = [
    Run(words: ["--version"], status: 0), Run(words: ["help"], status: 0), Run(words: ["help", "apply"], status: 0),
    Run(words: ["help", "security"], status: 0), Run(words: ["help", "securty"], status: 64),
    Run(words: ["security"], status: 64),
    Run(words: ["aply"], status: 64), Run(words: [], status: 64),
    Run(words: ["apply", "--to", "nowhere"], status: 64), Run(words: ["send", "a", "b"], status: 64),
    Run(words: ["completions", "bash"], status: 0), Run(words: ["audit"], status: 64),
    Run(words: ["status", "--root", "/nonexistent-root"], status: 78),
    Run(words: ["policy"], status: 64), Run(words: ["policy", "test"], status: 64),
    Run(words: ["policy", "test", "--attestation", "hearsay"], status: 64),
    Run(words: ["policy", "test", "--user", "0", "--root", "/nonexistent-root"], status: 78),
    Run(words: ["send", "--channel", "NO/NAME", "{}"], status: 64),
    Run(words: ["connect", "--channel", "NO/NAME"], status: 64),
    Run(words: ["connect", "--socket", "/nonexistent/s", "--wait", "5"], status: 64),
    Run(words: ["connect", "--socket", "/nonexistent/s", "--server-user", "no such"], status: 64),
    Run(words: ["connect", "--print-config", "emacs"], status: 64),
    Run(words: ["connect", "--root", "/nonexistent-root"], status: 78),
    Run(words: ["connect", "--socket", "/nonexistent/s", "--print-config", "codex", "--quiet"], status: 0),
  ]

  @Test(arguments: runs) func exitCodes(run: Run) { #expect(SluiceProgram.main(run.words) == run.status) }
}
