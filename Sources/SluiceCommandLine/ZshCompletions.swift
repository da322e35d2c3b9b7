/// Completions for zsh, to be sourced after `compinit` or kept in a directory of `fpath`.
struct ZshCompletions {
  let grammar: CommandLineGrammar

  var text: String {
    let name = "_\(grammar.completionPrefix)"
    let places = grammar.completionPlaces
    return """
      #compdef \(grammar.program)
      # zsh completion for \(grammar.program); load it with: source <(\(grammar.program) completions zsh)

      # Prints what the value of option $2 at place $1 is: words, @files, @directories or nothing that is known.
      # Fails where the option takes none.
      \(name)_value() {
        case "$1 $2" in
      \(grammar.completionValueArms(printing: "print -rn --").joined(separator: "\n"))
          *) return 1 ;;
        esac
      }

      \(name)() {
        local current=${words[CURRENT]} place='' option='' ended='' word=''
        local -a candidates
        local -i index=2
        while (( index < CURRENT )); do
          word=${words[index]}
          if [[ -z $ended && $word == -- ]]; then
            ended=1
          elif [[ -z $ended && $word == -* ]]; then
            if \(name)_value "$place" "$word" > /dev/null; then
              option=$word
              (( index += 1 ))
            fi
          else
            case "$place/$word" in
              \(places.dropFirst().map(\.key).joined(separator: " | "))) place+="/$word" ;;
            esac
          fi
          (( index += 1 ))
        done
        if [[ -z $ended && $current == --*=* ]] && (( index == CURRENT )); then
          option=${current%%=*}
          compset -P '*='
          (( index += 1 ))
        fi
        if (( index > CURRENT )); then
          word=$(\(name)_value "$place" "$option") || return 1
          case $word in
            @files) _files ;;
            @directories) _files -/ ;;
            *)
              candidates=(${=word})
              compadd -a candidates
              ;;
          esac
        elif [[ -z $ended && $current == -* ]]; then
          candidates=(\(Self.entries(grammar.completionGlobals)))
          case $place in
      \(places.compactMap(Self.optionArm).joined(separator: "\n"))
            *) ;;
          esac
          _describe -o option candidates
        else
          case $place in
      \(places.compactMap(Self.wordArm).joined(separator: "\n"))
            *) return 1 ;;
          esac
        fi
      }

      # As a file of fpath this text is the function's body.
      if [[ ${funcstack[1]-} == \(name) ]]; then
        \(name) "$@"
      else
        compdef \(name) \(grammar.program)
      fi

      """
  }

  private static func entries(_ options: [OptionSpecification]) -> String {
    options.map { entry("--\($0.name)", $0.help) }.joined(separator: " ")
  }

  /// `_describe` splits at the first colon, which no name holds.
  private static func entry(_ name: String, _ meaning: String) -> String {
    "'\(name):\(meaning.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }

  private static func optionArm(_ place: CompletionPlace) -> String? {
    place.options.isEmpty ? nil : "      '\(place.key)') candidates+=(\(entries(place.options))) ;;"
  }

  private static func wordArm(_ place: CompletionPlace) -> String? {
    let arm = { (action: String) in "      '\(place.key)') \(action) ;;" }
    if !place.commands.isEmpty {
      let entries = place.commands.map { entry($0.name, $0.summary) }.joined(separator: " ")
      return arm("candidates=(\(entries)) && _describe command candidates")
    }
    return switch place.argument {
    case .words(let words): arm("compadd -- \(words.joined(separator: " "))")
    case .files: arm("_files")
    case .directories: arm("_files -/")
    case .anything: nil
    }
  }
}
