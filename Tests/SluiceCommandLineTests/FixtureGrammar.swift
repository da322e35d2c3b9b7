import SluiceCommandLine

/// A grammar with one of everything, modelled on the real one.
enum FixtureGrammar {
  static let phases = ["file-drop", "run-file", "fifo", "socket"]

  static let sluice = CommandLineGrammar(
    program: "sluice", summary: "Move a message channel from file drops to a Unix socket.",
    globalOptions: [
      OptionSpecification(
        "channel", short: "c", value: "NAME", help: "The channel to work on.", environmentVariable: "SLUICE_CHANNEL"),
      OptionSpecification("config", value: "FILE", help: "Read this channel file instead of the installed one."),
      OptionSpecification("root", value: "DIR", help: "Put DIR before every path."),
      OptionSpecification("json", help: "Write one JSON object to standard output."),
    ],
    commands: [apply, status, send, audit, move, completions])

  static let apply = CommandSpecification(
    "apply", group: "Migration", summary: "Take the steps that lead to a phase.",
    discussion: """
      Each step is recorded before it acts, so that an interrupted run is
      continued or undone by the next one.

      Phases go one way:
        file-drop -> run-file -> fifo -> socket
      """,
    options: [
      OptionSpecification(
        "to", short: "t", value: "PHASE", help: "Stop at this phase.", allowedValues: phases),
      OptionSpecification("yes", help: "Ask nothing."),
    ],
    examples: [CommandExample("sluice apply --to fifo", "Go as far as the FIFO.")])

  static let status = CommandSpecification(
    "status", group: "Migration", summary: "Show the phase, the routes and what is waited for.",
    options: [
      OptionSpecification("watch", help: "Go on showing it."),
      OptionSpecification("verbose", short: "v", repeatable: true, help: "Say more."),
    ])

  static let send = CommandSpecification(
    "send", group: "Messages", summary: "Send a message and print the reply.",
    arguments: [ArgumentSpecification("MESSAGE", .optional, help: "The message; read from standard input without it.")],
    options: [
      OptionSpecification("header", value: "LINE", repeatable: true, help: "Add a header line.")
    ],
    examples: [CommandExample("echo '{\"method\":\"ping\"}' | sluice send", "Send what another program writes.")])

  static let audit = CommandSpecification(
    "audit", group: "Messages", summary: "Read or check the audit log.",
    options: [OptionSpecification("log", value: "FILE", help: "This log instead of the channel's.")],
    subcommands: [
      CommandSpecification("tail", summary: "Follow the log."),
      CommandSpecification(
        "show", summary: "Print records.",
        arguments: [ArgumentSpecification("NUMBER", .rest, help: "Records to print; all without it.")]),
      CommandSpecification("verify", summary: "Check the chain of hashes."),
    ])

  static let move = CommandSpecification(
    "move", group: "Messages", summary: "Move a spooled message, it's a file.",
    arguments: [
      ArgumentSpecification("FILE", .required, help: "The message."),
      ArgumentSpecification("QUEUE", .required, help: "Where it goes."),
    ])

  static let completions = CommandSpecification(
    "completions", group: "Other", summary: "Write a shell's completions.",
    arguments: [
      ArgumentSpecification("SHELL", .required, help: "The shell.", allowedValues: ["bash", "zsh", "fish"])
    ])
}
