internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceStore

/// What is said of the quiet window and of those who keep it from opening.
enum RetirementText {
  static func quiet(_ report: ClientReport, _ style: Style, _ screen: Screen) -> String {
    let window = report.window
    var text = "quiet window: \(QuietWindow.text(window.required))"
    text += window.demandedBy.map { ", asked for by \(TerminalText.safe($0))" } ?? ", by the manifest"
    if window.since != nil { text += "; quiet for \(QuietWindow.text(window.quiet)) of witnessed time" }
    text = screen.wrapped(text)
    switch window.standing {
    case .open(let since):
      text += "\n\(style.green("open")) since \(QuietWindow.moment(since))\n"
    case .notYet(let reasons):
      text += "\n\(style.yellow("not yet")):\n"
      for reason in reasons { text += screen.wrapped("  \(line(reason))\n") }
    }
    for waiver in report.waivers {
      text += screen.wrapped("waived: \(TerminalText.safe(waiver.caller)): \(TerminalText.safe(waiver.reason))\n")
    }
    return text
  }

  static func line(_ reason: QuietWindow.Reason) -> String {
    let when = reason.opens.map { "; opens \(QuietWindow.moment($0)) if nothing comes" } ?? ""
    return TerminalText.safe(reason.text) + when
  }
}
