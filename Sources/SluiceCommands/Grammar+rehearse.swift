internal import SluiceCommandLine

extension Grammar {
  static let rehearse = CommandSpecification(
    "rehearse", group: "Migration",
    summary: "Go the whole way up, down, up again and to the end beside the real thing.",
    discussion: """
      In a private directory of its own, with a server and a relay of this very program, an old server, and writers \
      modelled on those that the channel has seen (how many users, how often, how large; otherwise four at the legacy \
      path, with >, >>, mv and slowly, and one that follows the endpoint). At last the writers stop, the legacy path is \
      retired, and every way of writing to it is tried. Nothing of the host is touched, no right is needed (without root's \
      the seal is a weak one, which is said). At the end stands the account: written, overwritten before any reader, accepted, handled, twice, lost. Ends \
      with 0 where it balances, with 5 where it does not.

      With --kill-every-step each command is killed with SIGKILL behind each intent that it records, and given again: one \
      more command has to end it. Messages go to a handler that writes them down; with --handler channel to the \
      channel's own, whose account is then the ledger alone.
      """,
    options: [
      OptionSpecification("kill-every-step", help: "Kill every command behind every intent."),
      OptionSpecification("seconds", value: "N", help: "How long the writers write in each phase (1)."),
      OptionSpecification(
        "to", value: "PHASE", help: "How far it goes (retired).", allowedValues: phases),
      OptionSpecification(
        "handler", value: "HANDLER", help: "Who answers (recording).", allowedValues: ["recording", "channel"]),
      OptionSpecification("keep", help: "Leave the directory behind, and name it."),
      migrations,
    ],
    examples: [
      CommandExample("sluice rehearse", "Once, in a minute."),
      CommandExample("sluice rehearse --kill-every-step", "Through every kill."),
    ])
}
