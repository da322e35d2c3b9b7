/// One of `policy.rules`. A key that is not written is no condition.
package struct PolicyRuleSettings: Hashable, Sendable {
  package enum Effect: String, CaseIterable, Sendable { case allow, deny }
  /// How well the caller is known, strongest first.
  package enum Attestation: String, CaseIterable, Sendable {
    case kernel
    case fileOwner = "file-owner"
    case relayed
    case none
  }

  /// `name`: for records and messages. Default its number.
  package var name: RuleName?
  /// `effect`: `allow` or `deny`. Required.
  package var effect: Effect
  /// `users`: the caller is one of them.
  package var users: [AccountName]
  /// `groups`: the caller is in one of them.
  package var groups: [AccountName]
  /// `executables`: the caller's program is one of them.
  package var executables: [ExecutableSettings]
  /// `attestation`: the caller is known at least so well.
  package var attestation: Attestation?
  /// `methods`: the call is one of them.
  package var methods: [MethodPattern]
  /// `rate`: the most requests of one user under this rule.
  package var rate: Rate?
  /// `perMessageSender`: the process that connected has itself sent the message.
  package var perMessageSender: Bool

  package init(
    _ effect: Effect, name: RuleName? = nil, users: [AccountName] = [], groups: [AccountName] = [],
    executables: [ExecutableSettings] = [], attestation: Attestation? = nil, methods: [MethodPattern] = [],
    rate: Rate? = nil, perMessageSender: Bool = false
  ) {
    self.name = name
    self.effect = effect
    self.users = users
    self.groups = groups
    self.executables = executables
    self.attestation = attestation
    self.methods = methods
    self.rate = rate
    self.perMessageSender = perMessageSender
  }

  init?(reading reader: ObjectReader) {
    func list<T>(_ key: String, _ read: (String) -> [T]?) -> [T] {
      guard let values = read(key) else { return [] }
      if values.isEmpty { reader.report(key, "is empty and would match nobody; leave the key out to match everybody") }
      return values
    }
    let name: RuleName? = reader.parsed("name")
    let effect = reader.choice("effect", as: Effect.self, required: true)
    self.init(
      effect ?? .deny, name: name, users: list("users") { reader.allParsed($0) },
      groups: list("groups") { reader.allParsed($0) },
      executables: list("executables") { reader.objects($0) { ExecutableSettings(reading: $0) } },
      attestation: reader.choice("attestation"), methods: list("methods") { reader.allParsed($0) },
      rate: reader.rate("rate"), perMessageSender: reader.boolean("perMessageSender") ?? false)
    if effect == .deny { reader.refuse(["rate", "perMessageSender"], because: "belongs to effect 'allow' only") }
    if effect == nil { return nil }
  }

  func render(into writer: inout JSON5Writer) {
    if let name { writer.string("name", name) }
    writer.string("effect", effect.rawValue)
    if !users.isEmpty { writer.strings("users", users.map(\.rawValue)) }
    if !groups.isEmpty { writer.strings("groups", groups.map(\.rawValue)) }
    if !executables.isEmpty { writer.objects("executables", executables) { $0.render(into: &$1) } }
    if let attestation { writer.string("attestation", attestation.rawValue) }
    if !methods.isEmpty { writer.strings("methods", methods.map(\.rawValue)) }
    if let rate { writer.string("rate", rate) }
    if perMessageSender { writer.boolean("perMessageSender", true) }
  }
}
