import SluiceCommandLine
import Testing

struct HelpScreenTests {
  static let overview = """
    sluice: Move a message channel from file drops to a Unix socket.

    Usage: sluice [OPTIONS] COMMAND [ARGUMENTS]

    Migration:
      apply        Take the steps that lead to a phase.
      status       Show the phase, the routes and what is waited for.

    Messages:
      send         Send a message and print the reply.
      audit        Read or check the audit log.
      move         Move a spooled message, it's a file.

    Other:
      completions  Write a shell's completions.

    Global options:
      -c, --channel NAME  The channel to work on. Environment: SLUICE_CHANNEL.
          --config FILE   Read this channel file instead of the installed one.
          --root DIR      Put DIR before every path.
          --json          Write one JSON object to standard output.
      -h, --help          Show help, for the command if one is given.
          --version       Show the version.

    "sluice help COMMAND" explains a command.

    """

  @Test(arguments: [[], ["nowhere"], ["audit", "nowhere"]])
  func overviewIsShownWhereThePathLeadsNowhere(_ path: [String]) {
    #expect(HelpScreen(FixtureGrammar.sluice).text(for: path) == Self.overview)
  }

  @Test func command() {
    let screen = HelpScreen(FixtureGrammar.sluice, width: 60, exitCodes: [.done, .failed, .usage])
    #expect(
      screen.text(for: ["apply"]) == """
        Usage: sluice apply [--to PHASE] [--yes]

        Take the steps that lead to a phase.

        Each step is recorded before it acts, so that an interrupted
        run is continued or undone by the next one.

        Phases go one way:
          file-drop -> run-file -> fifo -> socket

        Options:
          -t, --to PHASE  Stop at this phase. One of file-drop,
                          run-file, fifo and socket.
              --yes       Ask nothing.

        Global options:
          -c, --channel NAME  The channel to work on. Environment:
                              SLUICE_CHANNEL.
              --config FILE   Read this channel file instead of the
                              installed one.
              --root DIR      Put DIR before every path.
              --json          Write one JSON object to standard
                              output.
          -h, --help          Show help, for the command if one is
                              given.
              --version       Show the version.

        Examples:
          sluice apply --to fifo
              Go as far as the FIFO.

        Exit codes:
           0  done, or nothing to do
           1  failed
          64  wrong usage

        """)
  }

  @Test func narrowScreensPutMeaningsBelow() {
    let grammar = CommandLineGrammar(
      program: "p", summary: "Does it.", globalOptions: [],
      commands: [
        CommandSpecification(
          "go", summary: "Go.",
          arguments: [.init("PLACE", .rest, help: "Where to.", allowedValues: ["here", "there"])],
          options: [
            .init(
              "a-long-name-that-needs-room", value: "VALUE", repeatable: true, help: "Said with a good many words."),
            .init("shorter-but-no-less-present", help: "Yes."),
          ])
      ])
    #expect(
      HelpScreen(grammar, width: 1, exitCodes: []).text(for: ["go"]) == """
        Usage: p go
               [--a-long-name-that-needs-room VALUE]...
               [--shorter-but-no-less-present]
               [PLACE...]

        Go.

        Arguments:
          PLACE  Where to. One of here and
                 there.

        Options:
          --a-long-name-that-needs-room VALUE
              Said with a good many words. May
              be repeated.
          --shorter-but-no-less-present
              Yes.

        Global options:
          -h, --help     Show help, for the
                         command if one is
                         given.
              --version  Show the version.

        """)
  }

  /// Wide enough for the lines that are kept as they are; the example of `send` is longer.
  @Test(arguments: [44, 60, 80, 132])
  func noLineIsTooLong(_ width: Int) {
    let screen = HelpScreen(FixtureGrammar.sluice, width: width)
    for path in [[]] + FixtureGrammar.sluice.allCommands.map(\.path) where path != ["send"] {
      for line in screen.text(for: path).split(separator: "\n") { #expect(line.count <= width, "\(line)") }
    }
  }

  @Test func subcommandsAndInheritedOptions() {
    let screen = HelpScreen(FixtureGrammar.sluice, exitCodes: [])
    #expect(
      screen.text(for: ["audit"]).hasPrefix(
        """
        Usage: sluice audit tail|show|verify [--log FILE]

        Read or check the audit log.

        Subcommands:
          tail    Follow the log.
          show    Print records.
          verify  Check the chain of hashes.

        Options:
          --log FILE  This log instead of the channel's.

        """))
    #expect(screen.text(for: ["audit", "show"]).contains("  --log FILE  This log instead of the channel's.\n"))
    #expect(screen.text(for: ["help"]).hasPrefix("Usage: sluice help [COMMAND...]\n"))
  }
}
