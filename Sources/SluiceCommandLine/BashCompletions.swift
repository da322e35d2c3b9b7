/// Completions for bash 4.4 or later, which need no other package.
struct BashCompletions {
  let grammar: CommandLineGrammar

  var text: String {
    let name = "_\(grammar.completionPrefix)"
    let places = grammar.completionPlaces
    return """
      # bash completion for \(grammar.program); load it with: source <(\(grammar.program) completions bash)

      # Prints what the value of option $2 at place $1 is: words, @files, @directories or nothing that is known.
      # Fails where the option takes none.
      \(name)_value() {
        case "$1 $2" in
      \(grammar.completionValueArms(printing: "printf '%s'").joined(separator: "\n"))
          *) return 1 ;;
        esac
      }

      \(name)() {
        local current=${COMP_WORDS[COMP_CWORD]} place='' option='' ended='' candidates='' word
        local -i index=1
        COMPREPLY=()
        while ((index < COMP_CWORD)); do
          word=${COMP_WORDS[index]}
          if [[ -z $ended && $word == -- ]]; then
            ended=1
          elif [[ -z $ended && $word == -* ]]; then
            if \(name)_value "$place" "$word" > /dev/null; then
              option=$word
              index+=1
              # --name=value arrives as three words.
              if [[ ${COMP_WORDS[index]} == '=' ]]; then index+=1; fi
            fi
          else
            case "$place/$word" in
              \(places.dropFirst().map(\.key).joined(separator: " | "))) place+="/$word" ;;
            esac
          fi
          index+=1
        done
        if ((index > COMP_CWORD)); then
          if [[ $current == '=' ]]; then current=''; fi
          candidates=$(\(name)_value "$place" "$option")
        elif [[ -z $ended && $current == -* ]]; then
          candidates='\(Self.names(grammar.completionGlobals))'
          case $place in
      \(places.compactMap(Self.optionArm).joined(separator: "\n"))
            *) ;;
          esac
        else
          case $place in
      \(places.compactMap(Self.wordArm).joined(separator: "\n"))
            *) ;;
          esac
        fi
        case $candidates in
          @files)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            ;;
          @directories)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            ;;
          *) mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current") ;;
        esac
      }

      complete -F \(name) \(grammar.program)

      """
  }

  private static func names(_ options: [OptionSpecification]) -> String {
    options.map { "--\($0.name)" }.joined(separator: " ")
  }

  private static func optionArm(_ place: CompletionPlace) -> String? {
    place.options.isEmpty ? nil : "      '\(place.key)') candidates+=' \(names(place.options))' ;;"
  }

  private static func wordArm(_ place: CompletionPlace) -> String? {
    let words = place.commands.isEmpty ? place.argument.marker : place.commands.map(\.name).joined(separator: " ")
    return words.isEmpty ? nil : "      '\(place.key)') candidates='\(words)' ;;"
  }
}
