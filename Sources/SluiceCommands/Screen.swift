internal import SluiceCommandLine
internal import SluiceSystem

/// Where a command writes: results to standard output, everything else to standard error.
struct Screen {
  let style: Style
  let isQuiet: Bool
  let isJSON: Bool
  let outputFault = OutputFault()
  /// What suggested commands need, too.
  let given: GivenOptions

  init(_ line: ParsedCommandLine) {
    given = GivenOptions(line)
    isQuiet = line.flag("quiet")
    isJSON = line.flag("json")
    style = Style(
      ColourChoice.decide(
        isTerminal: StandardStream.output.isTerminal, environment: Process.environment,
        noColorFlag: line.flag("no-color")))
  }

  var width: Int? { StandardStream.output.width }

  /// A result.
  func print(_ text: String) {
    outputFault.note(StandardStream.output.write(text.hasSuffix("\n") ? text : text + "\n"))
  }
  /// A result in words: broken where the terminal ends, with all that its commands need.
  func tell(_ text: String) { print(wrapped(text)) }
  func wrapped(_ text: String) -> String { TextWrapping.lines(given.completing(text), width: width) }
  func print(json: [UInt8]) { print(String(decoding: json, as: UTF8.self)) }
  /// Progress, and what else is no result.
  func say(_ text: String) {
    guard !isQuiet else { return }
    StandardStream.error.write(
      TextWrapping.lines(given.completing(text), width: StandardStream.error.width) + "\n")
  }
}
