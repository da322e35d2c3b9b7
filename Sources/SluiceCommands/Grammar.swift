internal import SluiceCommandLine

/// The command line of sluice, as data: help, completions and parsing come from here.
enum Grammar {
  static let phases = ["file-drop", "run-file", "fifo", "socket", "retired", "0", "1", "2", "3", "4"]
  static let transports = ["file-drop", "run-file", "fifo", "socket"]

  static let toPhase = OptionSpecification(
    "to", value: "PHASE", help: "The phase to end at: file-drop, run-file, fifo or socket (or 0 to 3).",
    allowedValues: phases)
  static let yes = OptionSpecification("yes", short: "y", help: "Ask nothing.")
  static let migrations = OptionSpecification(
    "migrations", value: "DIR", help: "Read the manifests from DIR.", environmentVariable: "SLUICE_MIGRATIONS")

  static let sluice = CommandLineGrammar(
    program: "sluice",
    summary: "Move a live message channel from /tmp file drops to an authenticated Unix socket.",
    globalOptions: [
      OptionSpecification(
        "channel", short: "c", value: "NAME", help: "The channel to work on; not needed where there is one.",
        environmentVariable: "SLUICE_CHANNEL"),
      OptionSpecification("config", value: "FILE", help: "Read this channel file."),
      OptionSpecification("root", value: "DIR", help: "Put DIR before every path."),
      OptionSpecification("json", help: "Write one JSON object to standard output."),
      OptionSpecification("quiet", short: "q", help: "Write results only."),
      OptionSpecification("no-color", help: "No colours; so do NO_COLOR and TERM=dumb."),
    ],
    commands: [
      initialize, lint, scan, preflight, plan, apply, confirm, status, verify, attest, clients, retire, rollback,
      history, rehearse, serve, relay, send, connect, audit, quarantine, policy, completions,
    ], topics: [security, handlers, json])

  static let initialize = CommandSpecification(
    "init", group: "Migration", summary: "Write a channel file for an existing deployment.",
    discussion: """
      Without --from-env the file describes a new channel with the usual legacy paths, /tmp/mcp_in.json and \
      /tmp/mcp_bad.json. With it, the variables of an existing deployment's config.env decide. The file is read as plain \
      KEY=value text; no shell ever runs it. An existing channel file is never overwritten.
      """,
    options: [
      OptionSpecification("from-env", value: "FILE", help: "Adopt the variables of this config.env."),
      OptionSpecification("print", help: "Write the channel file to standard output only."),
    ],
    examples: [CommandExample("sluice init --channel parrot-mcp --from-env config.env", "Adopt a deployment.")])

  static let scan = CommandSpecification(
    "scan", group: "Migration", summary: "List what local messages pass through, and what is unsafe about it.",
    discussion: """
      Looks at the channel's legacy paths (and others with --path), who has them open, the scripts, crontabs and timers \
      that name them, TCP listeners and Unix sockets of this network namespace. Changes nothing and opens no legacy file. \
      Levels: high, any user can interfere now; medium, under some condition; low, weaker than it could be; info. Ends \
      with 1 where there is a finding of the --fail-on level (high) or worse.
      """,
    options: [
      OptionSpecification("scripts", value: "DIR", repeatable: true, help: "Look for scripts in and below DIR."),
      OptionSpecification("path", value: "FILE", repeatable: true, help: "Look at this legacy path, too."),
      OptionSpecification(
        "fail-on", value: "LEVEL", help: "End with 1 at this level or worse (high).",
        allowedValues: ["info", "low", "medium", "high"]),
    ],
    examples: [CommandExample("sluice scan --scripts /usr/local/bin", "The host, and who calls the legacy paths.")])

  static let preflight = CommandSpecification(
    "preflight", group: "Migration", summary: "Watch the callers of the legacy paths, and recommend how to take drops.",
    discussion: """
      Looks on for a while and changes nothing: nothing is claimed, opened or read. Says who drops, how (written in \
      place, appended, moved, slowly), what is replaced before it is read and who reads what he does not take; and \
      recommends legacy.consume (take, linger) and the ingress mode (watch, fifo, gate), with the reason and with what \
      that mode cannot promise. Programs are named by fanotify with CAP_SYS_ADMIN, otherwise by the files that they \
      have open. Ends with 3 where drops would not arrive as things are.
      """,
    options: [OptionSpecification("seconds", value: "N", help: "Look for N seconds, at most 86400 (30).")],
    examples: [CommandExample("sluice preflight --seconds 300", "Over a busy time.")])

  static let plan = CommandSpecification(
    "plan", group: "Migration", summary: "Show the steps that apply would take; change nothing.",
    discussion: "With --exit-code it ends with 2 where there are changes to make.",
    options: [toPhase, migrations, OptionSpecification("exit-code", help: "End with 2 where changes are pending.")],
    examples: [CommandExample("sluice plan --to socket", "All the way.")])

  static let apply = CommandSpecification(
    "apply", group: "Migration", summary: "Move the channel to a later phase.",
    discussion: """
      Each phase is expanded (its objects are made and its transport is opened beside the old one), proven (numbered \
      canaries through every open route arrive exactly once), cut over (a marker through the old route is seen before the \
      primary moves) and settled. A failed proof rolls back by itself. Without --to it goes one phase on.
      """,
    options: [
      toPhase, yes, migrations,
      OptionSpecification("trial", value: "TIME", help: "Roll back after TIME, such as 10m, unless confirmed."),
    ],
    examples: [
      CommandExample("sluice apply --to fifo --yes", "As far as the FIFO."),
      CommandExample("sluice apply --trial 10m", "One phase on, and back in ten minutes without: sluice confirm"),
    ])

  static let confirm = CommandSpecification(
    "confirm", group: "Migration", summary: "Keep what was applied on trial.",
    discussion: """
      Ends the trial of: sluice apply --trial TIME. Without it the running server rolls the channel back when the time is \
      over, also after the command was killed, the server was started again, or the machine was. Ends with 3 where no \
      trial waits, such as when it was rolled back already.
      """)

  static let rollback = CommandSpecification(
    "rollback", group: "Migration", summary: "Move the channel back to an earlier phase, verified.",
    discussion: "Without --to it goes one phase back. Objects that sluice made are removed, others never.",
    options: [toPhase, yes, migrations])

  static let history = CommandSpecification(
    "history", group: "Migration", summary: "Show what was run, by whom, with what result.",
    options: [
      OptionSpecification("steps", help: "Show each run's steps."),
      OptionSpecification("limit", value: "N", help: "Show the last N runs (20)."),
    ])

  static let serve = CommandSpecification(
    "serve", group: "Services", summary: "Serve the channel: receive, authorize, handle, reply, record.",
    discussion: """
      Opens the transports of the current phase, and others while it runs as a migration wants them. Writes the line \
      "ready" when it can be used. SIGTERM drains: nothing new is taken, what is there is answered.
      """,
    options: [
      OptionSpecification(
        "phase", value: "PHASE", help: "Serve as in this phase, without a migration (for trials).",
        allowedValues: phases),
      OptionSpecification("mode", value: "MODE", help: "Mode of the socket, such as 0660."),
      OptionSpecification("allow-anyone", help: "Accept a --mode that lets in every user."),
      OptionSpecification("takeover", help: "Go on for the server that runs; nobody's connection is cut."),
      OptionSpecification(
        "check", help: "Check file, accounts and directories, try the sandbox, and end; 3 where something is missing."),
    ])

  static let relay = CommandSpecification(
    "relay", group: "Services", summary: "Forward what legacy writers drop into the channel.",
    discussion: """
      Watches the legacy paths, claims each drop by rename, and hands it to the server with its writer's identity. Holds \
      back while the channel is at phase file-drop, where the old server reads the drops itself.
      """,
    options: [
      OptionSpecification(
        "check", help: "Check file, accounts and directories, try the sandbox, and end; 3 where something is missing.")
    ])

  static let send = CommandSpecification(
    "send", group: "Clients", summary: "Send one message through the primary transport.",
    discussion: "The message is the argument, or standard input. With --request the reply is printed.",
    arguments: [ArgumentSpecification("MESSAGE", .optional, help: "One JSON object; standard input where absent.")],
    options: [
      OptionSpecification("request", short: "r", help: "Wait for the reply and print it."),
      OptionSpecification("transport", value: "TRANSPORT", help: "Use this one.", allowedValues: transports),
      OptionSpecification("timeout", value: "TIME", help: "Give up after this time (10s)."),
    ],
    examples: [CommandExample(#"sluice send --request '{"method":"ping"}'"#, "Ask, and print the reply.")])

  static let audit = CommandSpecification(
    "audit", group: "Records", summary: "Read, follow or check the audit log.",
    subcommands: [
      CommandSpecification(
        "tail", summary: "Print the last records, and with --follow those that come.",
        discussion: """
          Records are JSON objects, one a line, with --json and without. With --follow it goes on until it is interrupted \
          or its reader has gone, also where the log goes on in a new file or is put back; each record is written once. A \
          running server writes its records out within a moment.
          """,
        options: [
          OptionSpecification("follow", short: "f", help: "Go on with what comes."),
          OptionSpecification("last", short: "n", value: "N", help: "Begin with the last N (10)."),
          OptionSpecification("id", value: "ID", help: "Only records whose id begins so."),
          OptionSpecification("event", value: "EVENT", help: "Only records of this event."),
          OptionSpecification("relay", help: "The relay's log instead of the server's."),
        ],
        examples: [CommandExample("sluice audit tail --follow --event rejected", "Who is refused, as it happens.")]),
      CommandSpecification(
        "show", summary: "Print records, oldest first.",
        options: [
          OptionSpecification("id", value: "ID", help: "Only records whose id begins so."),
          OptionSpecification("event", value: "EVENT", help: "Only records of this event."),
          OptionSpecification("last", value: "N", help: "Only the last N."),
          OptionSpecification("relay", help: "The relay's log instead of the server's."),
        ]),
      CommandSpecification(
        "verify", summary: "Check the log's chain of seals.",
        options: [OptionSpecification("relay", help: "The relay's log instead of the server's.")]),
    ])

  static let quarantine = CommandSpecification(
    "quarantine", group: "Records", summary: "Look at what was kept aside, have it handled again, or let go of it.",
    discussion: """
      Messages that were accepted and could not be handled are kept, byte for byte: malformed ones, those that two \
      writers mixed, and those whose handler was interrupted and may have acted. Nothing but these commands removes them.
      """,
    examples: [CommandExample("sluice quarantine list", "What is there, and why.")],
    subcommands: [
      CommandSpecification("list", summary: "What is kept, oldest first, and why."),
      CommandSpecification(
        "show", summary: "Print one kept message.",
        arguments: [ArgumentSpecification("ID", .required, help: "The id, as list prints it.")],
        options: [OptionSpecification("raw", help: "Its bytes as they are, even on a terminal.")]),
      CommandSpecification(
        "retry", summary: "Hand kept messages to the handler again, as messages of yours.",
        discussion: """
          One that is handled is kept no longer; one that fails again is. A handler that was interrupted may have acted \
          before: look with show first.
          """,
        arguments: [ArgumentSpecification("ID", .rest, help: "The ids; or use --all.")],
        options: [OptionSpecification("all", help: "All that is kept."), yes]),
      CommandSpecification(
        "drop", summary: "Let go of kept messages for good.",
        arguments: [ArgumentSpecification("ID", .rest, help: "The ids; or use --all.")],
        options: [OptionSpecification("all", help: "All that is kept."), yes]),
    ])

  static let completions = CommandSpecification(
    "completions", group: "Records", summary: "Print completions for a shell.",
    arguments: [ArgumentSpecification("SHELL", .required, help: "The shell.", allowedValues: ["bash", "zsh", "fish"])])
}
