/// Completions for fish 3 or later.
struct FishCompletions {
  let grammar: CommandLineGrammar

  private var prefix: String { "__\(grammar.completionPrefix)" }

  var text: String {
    """
    # fish completion for \(grammar.program); load it with: \(grammar.program) completions fish | source

    # Succeeds for an option $argv[2] that takes a value at place $argv[1].
    function \(prefix)_takes_value
      switch "$argv[1] $argv[2]"
        case \(valuePatterns)
          return 0
      end
      return 1
    end

    # Succeeds where the commands typed so far lead to place $argv[1].
    function \(prefix)_at
      set -l unread (commandline -opc)
      set -l place ''
      set -l ended ''
      set -e unread[1]
      while set -q unread[1]
        set -l word $unread[1]
        set -e unread[1]
        if test -z "$ended"; and test "$word" = --
          set ended 1
        else if test -z "$ended"; and string match -q -- '-*' "$word"
          if \(prefix)_takes_value "$place" "$word"; and set -q unread[1]
            set -e unread[1]
          end
        else
          switch "$place/$word"
            case \(grammar.completionPlaces.dropFirst().map { "'\($0.key)'" }.joined(separator: " "))
              set place "$place/$word"
          end
        end
      end
      test "$place" = "$argv[1]"
    end

    complete -c \(grammar.program) -f
    \((globalLines + grammar.completionPlaces.flatMap(lines)).joined(separator: "\n"))

    """
  }

  private var valuePatterns: String {
    let patterns = { (place: String, options: [OptionSpecification]) in
      options.filter { !$0.isFlag }.flatMap(\.spellings).map { "'\(place) \($0)'" }
    }
    let all = patterns("*", grammar.globalOptions) + grammar.completionPlaces.flatMap { patterns($0.key, $0.options) }
    // A case needs a pattern; this one is never met, since a place is no option.
    return all.isEmpty ? "''" : all.joined(separator: " ")
  }

  private var globalLines: [String] {
    grammar.completionGlobals.map { "complete -c \(grammar.program)\(Self.option($0))" }
  }

  private func lines(for place: CompletionPlace) -> [String] {
    let start = "complete -c \(grammar.program) -n '\(prefix)_at \"\(place.key)\"'"
    var lines = place.commands.map { "\(start) -a '\($0.name)' -d \(Self.quoted($0.summary))" }
    lines += place.options.map { start + Self.option($0) }
    let argument = Self.value(place.argument)
    return argument.isEmpty ? lines : lines + [start + argument]
  }

  private static func option(_ option: OptionSpecification) -> String {
    let short = option.short.map { " -s \($0)" } ?? ""
    let files = option.completionValue == .files
    let exclusive = option.isFlag ? "" : files ? " -r" : " -x"
    let value = option.completionValue.map(value) ?? ""
    return " -l \(option.name)\(short)\(exclusive)\(value) -d \(quoted(option.help))"
  }

  private static func value(_ value: CompletionValue) -> String {
    switch value {
    case .words(let words): " -a '\(words.joined(separator: " "))'"
    case .files: " -F"
    case .directories: " -a '(__fish_complete_directories)'"
    case .anything: ""
    }
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    return "'\(escaped)'"
  }
}
