internal import SluiceCommandLine

extension Grammar {
  static let status = CommandSpecification(
    "status", group: "Migration", summary: "Show the phase, the routes and their counts, and the next command.",
    discussion: """
      With --watch it goes on until it is interrupted: on a terminal the screen is drawn anew, elsewhere each change is a \
      line (with --json an object). A server that is started again is a change like others.
      """,
    options: [
      OptionSpecification("exit-code", help: "End with 2 where a later phase is left to go to."),
      OptionSpecification("watch", short: "w", help: "Go on until interrupted."),
      OptionSpecification("interval", value: "TIME", help: "How long between looks with --watch (1s)."),
    ],
    examples: [CommandExample("sluice status --watch", "While a migration goes on.")])
}
