import SluiceCommandLine
import Testing

/// Content only: that the shells read it is `scripts/check-completions`.
struct CompletionTests {
  static let lines: [(CompletionShell, [String])] = [
    (
      .bash,
      [
        "complete -F _sluice sluice",
        "    *' --config') printf '%s' '@files' ;;",
        "    *' --root') printf '%s' '@directories' ;;",
        "    *' --channel' | *' -c') : ;;",
        "    /apply' --to' | /apply' -t') printf '%s' 'file-drop run-file fifo socket' ;;",
        "    candidates='--channel --config --root --json --help --version'",
        "      '/audit/show') candidates+=' --log' ;;",
        "      '') candidates='apply status send audit move completions help' ;;",
        "      '/audit') candidates='tail show verify' ;;",
        "      '/help/audit') candidates='tail show verify' ;;",
        "      '/completions') candidates='bash zsh fish' ;;",
        "      '/move') candidates='@files' ;;",
      ]
    ),
    (
      .zsh,
      [
        "#compdef sluice",
        "    /apply' --to' | /apply' -t') print -rn -- 'file-drop run-file fifo socket' ;;",
        "      '/apply') candidates+=('--to:Stop at this phase.' '--yes:Ask nothing.') ;;",
        "      '/completions') compadd -- bash zsh fish ;;",
        "      '/move') _files ;;",
      ]
    ),
    (
      .fish,
      [
        "complete -c sluice -f",
        "    case '* --channel' '* -c' '* --config' '* --root' '/apply --to' '/apply -t' '/send --header' "
          + "'/audit --log' '/audit/tail --log' '/audit/show --log' '/audit/verify --log'",
        "complete -c sluice -l config -r -F -d 'Read this channel file instead of the installed one.'",
        "complete -c sluice -l root -x -a '(__fish_complete_directories)' -d 'Put DIR before every path.'",
        "complete -c sluice -n '__sluice_at \"\"' -a 'move' -d 'Move a spooled message, it\\'s a file.'",
        "complete -c sluice -n '__sluice_at \"/apply\"' -l to -s t -x -a 'file-drop run-file fifo socket' "
          + "-d 'Stop at this phase.'",
        "complete -c sluice -n '__sluice_at \"/move\"' -F",
      ]
    ),
  ]

  @Test(arguments: lines)
  func hasLines(_ shell: CompletionShell, _ expected: [String]) {
    let lines = Set(FixtureGrammar.sluice.completions(for: shell).split(separator: "\n").map(String.init))
    for line in expected { #expect(lines.contains(line), "\(line)") }
  }

  @Test func aQuoteInASummaryEndsNoZshString() {
    #expect(FixtureGrammar.sluice.completions(for: .zsh).contains("'move:Move a spooled message, it'\\''s a file.'"))
  }

  @Test(arguments: CompletionShell.allCases)
  func functionsAreNamedWithoutPunctuation(_ shell: CompletionShell) {
    let grammar = CommandLineGrammar(program: "a-b.c", summary: "", globalOptions: [], commands: [])
    let text = grammar.completions(for: shell)
    #expect(text.contains("_a_b_c"))
    #expect(!text.contains("_a-b.c"))
  }
}
