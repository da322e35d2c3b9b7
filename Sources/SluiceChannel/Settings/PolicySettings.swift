/// `policy`: who may call what.
package struct PolicySettings: Hashable, Sendable {
  /// `rules`: the first that matches decides; where there are rules and none matches, the call is refused. Without
  /// rules the channel's user, root and members of its group may call everything.
  package var rules: [PolicyRuleSettings]

  /// `hide`: tools, prompts and resources that a caller may not have are answered as if they did not exist. Default
  /// false.
  package var hide: Bool

  package init(rules: [PolicyRuleSettings] = [], hide: Bool = false) {
    self.rules = rules
    self.hide = hide
  }

  /// Every message may have to be held against every rule.
  package static let mostRules = 256

  init(reading reader: ObjectReader) {
    let rules = reader.objects("rules") { PolicyRuleSettings(reading: $0) } ?? []
    self.init(rules: rules, hide: reader.boolean("hide") ?? false)
    if rules.count > Self.mostRules {
      reader.report("rules", "must be at most \(Self.mostRules) rules, found \(rules.count)")
    }
    var names: Set<RuleName> = []
    for (index, rule) in rules.enumerated() {
      guard let name = rule.name, !names.insert(name).inserted else { continue }
      reader.report("rules", at: index, "the name '\(name)' is another rule's already")
    }
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The first rule that matches decides; where there are rules and none matches, the call is refused.")
    writer.comment("Without rules the channel's user, root and members of its group may call everything.")
    writer.comment("A rule matches where all of its keys do; of a list one entry is enough. Keys of a rule:")
    writer.comment("  name: \"clients\"             for records and messages")
    writer.comment("  effect: \"allow\"             or \"deny\"; always needed")
    writer.comment("  users: [\"alice\", \"1001\"]    names, or ids as strings")
    writer.comment("  groups: [\"clients\"]         primary or supplementary")
    writer.comment("  executables: [{ path: \"/usr/bin/agent\", sha256: \"...\" }]   its program; path optional")
    writer.comment("  attestation: \"kernel\"       known at least so: kernel, file-owner, relayed, none")
    writer.comment("  methods: [\"tools/call:search\", \"prompts/*\"]   '*' is any text")
    writer.comment("  rate: \"10/s\"                the most requests of one user under this rule (allow only)")
    writer.comment("  perMessageSender: true      the process that connected has sent it (allow only)")
    writer.comment("initialize, server/discover, ping, notifications/* and responses need no method in a rule.")
    writer.comment("Lists of tools, prompts and resources show a caller only what it may have; with hide, what it may")
    writer.comment("not have is answered as if it did not exist, instead of as not permitted.")
    writer.boolean("hide", hide)
    writer.objects("rules", rules) { $0.render(into: &$1) }
  }
}
