internal import SluiceCommandLine

extension Grammar {
  static let verify = CommandSpecification(
    "verify", group: "Migration",
    summary: "Check objects, paths, logs, ledger, witness and canaries against each other.",
    discussion: """
      Looks at the objects of the phases so far (kind, mode, owner, group), at the way to them, at both logs' chains of \
      seals, at the ledger against the log counted anew, at every message's end, at what the relay saw against what was \
      recorded, and sends numbered probes through every open route.

      proven (0): all was looked at and agrees. unproven (3): nothing contradicts, but something could not be looked at, \
      such as a time in which the relay was not there; each is named. drift (4): an object is not as declared. violated \
      (5): an account does not balance, a log was changed, a message has two ends or none; ids are named.
      """,
    options: [
      migrations,
      OptionSpecification(
        "since", value: "TIME", help: "Ask for a witness over this time, such as 24h (since the phase began)."),
      OptionSpecification("canaries", value: "N", help: "Probes through each open route, 1 to 1000 (10)."),
    ],
    examples: [CommandExample("sluice verify --since 24h", "As a daily check.")])

  static let attest = CommandSpecification(
    "attest", group: "Migration", summary: "Write what is declared and what is there, for a program to compare.",
    discussion: """
      One JSON object, with or without --json: each object that the phases so far declare with its declared and its \
      actual kind, mode, owner and group; the transports that should be open and those that are; SHA-256 of the channel \
      file and of each manifest's meaning, now and as it was applied. Only looks: nothing is sent, and the server need \
      not run. Ends with 4 where something is not as declared.
      """,
    options: [migrations])
}
