internal import SluiceCommandLine

extension Grammar {
  static let connect = CommandSpecification(
    "connect", group: "Clients",
    summary: "Carry standard input and output to the socket, for hosts that start a command.",
    discussion: """
      For MCP hosts that know servers only as child processes. Waits for a server that is starting, checks the path and \
      the user of who listens, and then passes lines as they are, both ways. After the end of input, or SIGTERM, answers \
      have --drain to come.

      When the server is restarted it connects again: what was not written yet goes to the new server, what was written \
      and has no answer gets error 502 (it may have run, so it is never sent twice), and a session that was opened with \
      initialize is opened again with the same words. Notices go to standard error.

      With --socket no channel file is read, and the server may be another that speaks lines of JSON-RPC; its user must \
      be you, root, or --server-user. Rules of a channel that ask for programs want the channel named, too. Where no file \
      describes the channel, its socket is looked for in \
      /run/user/UID/NAME. No environment variable is needed.
      """,
    options: [
      OptionSpecification("socket", value: "FILE", help: "Connect to this socket."),
      OptionSpecification("server-user", value: "USER", help: "Who may serve there: a name or an id."),
      OptionSpecification("wait", value: "TIME", help: "How long to wait for a server (8s)."),
      OptionSpecification("drain", value: "TIME", help: "How long answers may take after the end of input (1500ms)."),
      OptionSpecification(
        "print-config", value: "HOST", help: "Print the setting that makes a host use this, and end.",
        allowedValues: HostKind.allCases.map(\.rawValue)),
    ],
    examples: [
      CommandExample("sluice connect --channel parrot-mcp", "As a host starts it."),
      CommandExample("sluice connect --channel parrot-mcp --print-config claude", "The setting for the host."),
    ])
}
