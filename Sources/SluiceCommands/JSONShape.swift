/// The first level of what a command writes with `--json`: what `help json` lists and what the tests hold it to.
struct JSONShape {
  let command: String
  /// A key that ends in `?` is not always there.
  let keys: [String]

  init(_ command: String, _ keys: String...) {
    self.command = command
    self.keys = ["format"] + keys
  }

  static let all: [JSONShape] = [
    JSONShape("init", "file"),
    JSONShape("lint", "problems", "files"),
    JSONShape(
      "scan", "failOn", "counts", "findings", "legacyPaths", "tcpListeners", "unixSockets", "scripts", "processes",
      "filesRead", "limits", "next"),
    JSONShape("preflight", "milliseconds", "paths", "programsNamedBy", "callers", "findings", "recommended"),
    JSONShape("plan", "phase", "drift", "openRun?", "phases", "undo?"),
    JSONShape("apply", "verb", "phase"),
    JSONShape("confirm", "verb", "phase"),
    JSONShape("rollback", "verb", "phase"),
    JSONShape(
      "status", "channel", "phase", "running", "silence?", "pid?", "connections?", "inFlight?", "relayConnected?",
      "relayHolding?", "relayPending?", "sandbox?", "limits?", "trouble?", "routes", "legacyModes?", "drops",
      "legacyPaths", "relayTrouble?", "repliesLeft?", "repliesLost?", "gaps", "trial?", "openRun?", "next"),
    JSONShape("verify", "verdict", "findings", "ledger", "witness", "gaps", "canaries", "next"),
    JSONShape(
      "attest", "channel", "at", "asDeclared", "phase", "generation", "channelFile", "manifests", "objects",
      "transports", "state"),
    JSONShape("clients", "phase", "clients", "quietWindow", "waivers"),
    JSONShape("retire", "verb", "phase", "certificate", "tmpfiles"),
    JSONShape(
      "retire --show", "certificate", "status", "channel", "host", "by", "run", "begun", "written", "legacy",
      "quietWindow", "waivers", "clients", "gaps", "seal", "routes", "ledger", "relay?", "manifests", "audit"),
    JSONShape("history", "runs"),
    JSONShape("rehearse", "result", "handler", "seconds", "steps", "account", "problems", "root?"),
    JSONShape("serve --check", "service", "ready", "facts", "sandbox?", "notes", "problems"),
    JSONShape("relay --check", "service", "ready", "facts", "sandbox?", "notes", "problems"),
    JSONShape("audit verify", "path", "records", "seals", "unsealed", "files", "begins", "verdict", "fault?"),
    JSONShape("quarantine list", "quarantine"),
    JSONShape("quarantine retry", "quarantine"),
    JSONShape("quarantine drop", "quarantine"),
    JSONShape("policy test", "verdict", "rule?", "reason?", "rules", "warnings"),
    JSONShape("policy check", "path", "rules", "warnings"),
  ]

  /// Commands whose output is text of another kind, or a message as it is.
  static let without: [String] = [
    "serve", "relay", "send", "connect", "audit show", "audit tail", "quarantine show", "completions",
  ]
}
