internal import SluiceChannel
internal import SluicePolicy

/// What of the channel file is in force for callers.
extension Check {
  mutating func policy(_ policy: Policy, _ channel: ChannelFile) {
    let rules = policy.rules
    fact(
      "policy",
      rules.isEmpty
        ? "no rules: the channel's user, root and members of its group may call everything"
        : "\(rules.count) rules (\(rules.map(\.label).joined(separator: ", "))); what none allows is refused")
    fact("drops of", channel.legacy.writers == .anyone ? "anyone, where no rule says otherwise" : "members only")
    fact(
      "callers",
      policy.needsEvidence
        ? "looked up at each connection and each message, since rules name some" : "not looked up: no rule names one")
    if policy.needsSenderPerMessage { fact("senders", "looked up for each message") }
  }

  mutating func limits(_ limits: LimitSettings) {
    fact("message limit", "\(limits.message.bytes) bytes")
    fact(
      "connections",
      "\(limits.connections)" + (limits.perUserConnections.map { ", \($0) of one user" } ?? ", no limit for one user"))
    fact("calls", "\(limits.calls) at once")
    fact("rate", limits.rate.map { "\($0.count) per \($0.period) and user" } ?? "no limit")
  }
}
