internal import SluiceCommandLine

extension Grammar {
  static let policy = CommandSpecification(
    "policy", group: "Records", summary: "Explain who may call what, or check the rules.",
    subcommands: [
      CommandSpecification(
        "test", summary: "Explain the verdict on a call, rule by rule; call nothing.",
        discussion: """
          Reads the channel file as it is now, which a running server does after SIGHUP. The user's groups are looked \
          up; --group adds more. Without --method and --tool it says whether the user may begin a conversation at all. \
          Ends with 0 where the call is allowed, 77 where it is not. Rates are not counted here.
          """,
        options: [
          OptionSpecification("user", short: "u", value: "USER", help: "The caller: a name or an id."),
          OptionSpecification(
            "group", short: "g", value: "GROUP", repeatable: true, help: "A further group of the caller."),
          OptionSpecification("method", short: "m", value: "METHOD", help: "The method, such as tools/list."),
          OptionSpecification("tool", short: "t", value: "TOOL", help: "A tool: --method tools/call --target TOOL."),
          OptionSpecification("target", value: "TARGET", help: "What the method acts on."),
          OptionSpecification("executable", value: "FILE", help: "The caller's program."),
          OptionSpecification(
            "attestation", value: "LEVEL", help: "How well the caller is known (kernel).",
            allowedValues: ["kernel", "file-owner", "relayed", "none"]),
        ],
        examples: [
          CommandExample("sluice policy test --user alice --tool search", "May alice call the tool search?"),
          CommandExample("sluice policy test --attestation none --method ping", "And whoever writes to the FIFO?"),
        ]),
      CommandSpecification(
        "check", summary: "Check the rules: names, programs, the file's mode, wildcards.",
        discussion: "Ends with 0 where a server would take the rules over, with warnings on standard error."),
    ])
}
