internal import SluiceCommandLine

/// The commands around retiring the legacy path.
extension Grammar {
  static let scripts = OptionSpecification(
    "scripts", value: "DIR", repeatable: true, help: "Look for callers in the scripts in and below DIR.")

  static let clients = CommandSpecification(
    "clients", group: "Migration", summary: "Show who still uses which route, and how long the legacy path was quiet.",
    discussion: """
      Every user and program that was seen on a route, with counts by day (UTC, today first) and in all; probes of sluice's \
      own are not among them. Programs are what the kernel said of a socket's peer where a policy rule asks, otherwise \
      what the process called itself, where it was seen. A run-file with several writers and the FIFO name nobody. Crontabs, \
      timers, units and the scripts below --scripts that name the legacy path are listed with their schedule, also where \
      they were never seen. STATE: to move (used an earlier route within the quiet window), unseen, quiet (not any more), \
      moved.
      """,
    options: [
      scripts, OptionSpecification("days", value: "N", help: "Show the counts of the last N days, at most 62 (7)."),
      migrations,
    ],
    examples: [CommandExample("sluice clients --scripts /usr/local/bin", "Who has to be moved before retire.")])
}
