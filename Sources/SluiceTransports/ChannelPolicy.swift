package import SluiceChannel
package import SluicePolicy
internal import SluiceSystem

/// A channel file's policy with its names looked up and its programs checked. Blocks: never on the reactor's thread.
package enum ChannelPolicy {
  /// Throws every problem, a line each: a rule whose words mean nobody must not pass for a rule that matches nobody.
  package static func resolve(
    _ channel: ChannelFile, _ identity: ChannelIdentity, accounts: AccountLookup = .host
  ) throws(ServiceFailure) -> Policy {
    var problems: [String] = []
    var kind = TransportFailure.Kind.badConfiguration
    var rules: [PolicyRule] = []
    for (index, settings) in channel.policy.rules.enumerated() {
      let path = "policy.rules[\(index)]"
      func numbers(_ key: String, _ names: [AccountName], _ look: (String) -> UInt32?) -> Set<UInt32>? {
        if names.isEmpty { return nil }
        var found: Set<UInt32> = []
        for name in names {
          if let number = look(name.rawValue) {
            found.insert(number)
          } else {
            problems.append("\(path).\(key): \(name) does not exist; create it, or correct its name")
          }
        }
        return found
      }
      let users = numbers("users", settings.users, accounts.user)
      let groups = numbers("groups", settings.groups, accounts.group)
      for executable in settings.executables {
        guard let file = executable.path else { continue }
        if let problem = ProgramCheck.problem(file.rawValue) {
          problems.append("\(path).executables: \(problem)")
          kind = .unsafePath
        }
      }
      let members = Set((groups ?? []).flatMap(accounts.members))
      rules.append(rule(settings, label: settings.name?.rawValue ?? "\(index + 1)", users, groups, members))
    }
    guard problems.isEmpty else { throw ServiceFailure(kind, problems.joined(separator: "\n")) }
    return Policy(rules: rules, fallback: identity.defaultPolicy(channel), hides: channel.policy.hide)
  }

  private static func rule(
    _ settings: PolicyRuleSettings, label: String, _ users: Set<UInt32>?, _ groups: Set<UInt32>?,
    _ members: Set<UInt32>
  ) -> PolicyRule {
    PolicyRule(
      settings.effect == .allow ? .allow : .deny, label: label, users: users, groups: groups, members: members,
      programs: settings.executables.map {
        PolicyRule.Program(path: $0.path?.rawValue, sha256: $0.sha256.rawValue)
      },
      attestation: settings.attestation.flatMap { Principal.Attestation(rawValue: $0.rawValue) } ?? .none,
      patterns: settings.methods.map { CallPattern($0.rawValue) },
      rate: settings.rate.map { PolicyRule.Rate(count: Int64($0.count), period: $0.period.nanoseconds) },
      needsSender: settings.perMessageSender)
  }

  /// What a policy means, as one digest: of the file as it is read, and of the numbers that its names stand for now.
  package static func digest(_ channel: ChannelFile, _ policy: Policy) -> String {
    var text = channel.render()
    for rule in policy.rules {
      for (key, numbers) in [("users", rule.users), ("groups", rule.groups), ("members", rule.members)] {
        guard let numbers else { continue }
        text += "\n\(rule.label) \(key) " + numbers.sorted().map(String.init).joined(separator: " ")
      }
    }
    return Digest.sha256(Array(text.utf8))
  }
}
