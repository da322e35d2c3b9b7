/// A shell that completions can be written for.
package enum CompletionShell: String, CaseIterable, Sendable {
  case bash
  case zsh
  case fish
}

extension CommandLineGrammar {
  /// A script for the shell to source.
  ///
  /// Names and allowed values are written as they are: see ``defects``, which finds those that a shell would interpret.
  package func completions(for shell: CompletionShell) -> String {
    switch shell {
    case .bash: BashCompletions(grammar: self).text
    case .zsh: ZshCompletions(grammar: self).text
    case .fish: FishCompletions(grammar: self).text
    }
  }

  /// What completion functions are named after.
  var completionPrefix: String {
    String(program.map { $0 == "-" || $0 == "." ? "_" : $0 })
  }
}
