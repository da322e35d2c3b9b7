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

  static let retire = CommandSpecification(
    "retire", group: "Migration", summary: "Seal the legacy path for good, where nobody uses it any more.",
    discussion: """
      From phase socket only, and refused (3) while anybody used the legacy path within the quiet window, unless waived by \
      name and with a reason. The window is the manifest's, or longer where a caller that runs by itself was found; only \
      time in which the relay watched counts. The path then refuses >, >>, cp and mv to every user, which is tried. A \
      run-file and a FIFO that nobody used are closed, too. There is no way back: the path is typed, or named with \
      --confirm; --yes does not do. What was known is kept in the certificate. Killed at any point, it is finished by \
      running it again. In phase retired it seals again what a start of the system took away.
      """,
    options: [
      OptionSpecification("confirm", value: "PATH", help: "The legacy path, to say that it is meant."),
      OptionSpecification(
        "waive", value: "CALLER", repeatable: true,
        help: "Take a caller on yourself: a user, a uid, a program, a script's path, 'unknown', or 'gaps'."),
      OptionSpecification("reason", value: "TEXT", repeatable: true, help: "Why, for the waiver before it."),
      OptionSpecification("accept-weak-seal", help: "Seal also where some way of writing still gets through."),
      OptionSpecification("show", help: "Print the certificate."),
      scripts, yes, migrations,
    ],
    examples: [
      CommandExample("sluice retire --scripts /usr/local/bin", "Ask for the path, and seal it."),
      CommandExample(
        "sluice retire --confirm /tmp/mcp_in.json --waive 1001 --reason 'host is gone'", "Without a terminal."),
    ])
}
