import SluicePolicy
import Testing

/// Who may call without rules in the channel file.
@Suite struct DefaultPolicyTests {
  enum Expected: Sendable { case allow, deny, noRule, error }

  static let policy = DefaultPolicy(user: 100, group: 200, legacyWriters: .members)
  static let alone = DefaultPolicy(user: 100, group: nil, legacyWriters: .members)
  static let open = DefaultPolicy(user: 100, group: nil, legacyWriters: .anyone)

  @Test(
    arguments: [
      (policy, .kernel, 100, 1, [], false, .allow),
      (policy, .kernel, 0, 0, [], false, .allow),
      (policy, .kernel, 7, 200, [], false, .allow),
      (policy, .kernel, 7, 1, [5, 200, 300], false, .allow),
      (policy, .kernel, 7, 1, [5, 300], false, .noRule),
      (policy, .kernel, nil, nil, [], false, .error),
      (policy, .fileOwner, 100, 1, [], true, .allow),
      (policy, .fileOwner, 7, 1, [], false, .noRule),
      (policy, .fileOwner, nil, nil, [], false, .error),
      (policy, .relayed, 100, 1, [], false, .allow),
      (policy, .relayed, 100, 1, [], true, .deny),
      (policy, .relayed, 0, 0, [], true, .deny),
      (policy, .relayed, 7, 1, [], false, .noRule),
      (policy, .relayed, nil, nil, [], false, .error),
      (policy, .none, nil, nil, [], false, .allow),
      (alone, .kernel, 7, 200, [200], false, .noRule),
      (alone, .kernel, 100, 200, [], false, .allow),
      (open, .relayed, 7, 1, [], true, .allow),
      (open, .relayed, nil, nil, [], false, .allow),
      (open, .kernel, 7, 1, [], false, .noRule),
      (open, .fileOwner, 7, 1, [], false, .noRule),
    ] as [(DefaultPolicy, Principal.Attestation, UInt32?, UInt32?, [UInt32], Bool, Expected)])
  func verdict(
    _ policy: DefaultPolicy, _ attestation: Principal.Attestation, _ uid: UInt32?, _ gid: UInt32?, _ groups: [UInt32],
    _ isShared: Bool, _ expected: Expected
  ) {
    let principal = Principal(attestation: attestation, uid: uid, gid: gid, groups: groups, isShared: isShared)
    let verdict = policy.verdict(for: principal)
    let kind: Expected =
      switch verdict {
      case .allow: .allow
      case .deny: .deny
      case .noRule: .noRule
      case .error: .error
      }
    #expect(kind == expected)
    #expect(verdict.isAllowed == (expected == .allow))
    #expect((verdict.reason == nil) == (expected == .allow))
  }

  @Test func attestationsAreOrderedByStrength() {
    #expect(Principal.Attestation.allCases.sorted() == [.none, .relayed, .fileOwner, .kernel])
    #expect(Principal.Attestation.relayed < .kernel)
    #expect(Principal.Attestation.allCases.map(\.rawValue) == ["kernel", "file-owner", "relayed", "none"])
  }
}
