import SluicePolicy
import Testing

/// Rules: first match wins, nothing matching denies, and what is not known is never in a caller's favour.
@Suite struct PolicyRuleTests {
  enum Expected: Sendable, Equatable { case allow(Int), deny(Int), noRule, error(Int) }

  static let fallback = DefaultPolicy(user: 100, group: 200, legacyWriters: .anyone)
  static let agent = ProcessEvidence.program(.init(path: "/usr/bin/agent", sha256: "aa"))
  static let moved = ProcessEvidence.program(.init(path: "/tmp/agent", sha256: "aa"))
  static let other = ProcessEvidence.program(.init(path: "/usr/bin/agent", sha256: "bb"))
  static let unseen = ProcessEvidence.unknown(reason: "not looked up")

  static func kernel(_ uid: UInt32?, _ gid: UInt32 = 1, _ groups: [UInt32] = []) -> Principal {
    Principal(attestation: .kernel, uid: uid, gid: gid, groups: groups)
  }
  static func owner(_ uid: UInt32?, shared: Bool = false) -> Principal {
    Principal(attestation: .fileOwner, uid: uid, gid: 1, isShared: shared)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let rules: [PolicyRule]
    let principal: Principal
    let call: Call
    var evidence = PolicyRuleTests.unseen
    var sender = SenderEvidence.same
    let expected: Expected
    var testDescription: String { name }

    init(
      _ name: String, _ rules: [PolicyRule], _ principal: Principal, _ method: String, _ target: String? = nil,
      evidence: ProcessEvidence = PolicyRuleTests.unseen, sender: SenderEvidence = .same, is expected: Expected
    ) {
      self.name = name
      self.rules = rules
      self.principal = principal
      call = Call(method: method, target: target)
      self.evidence = evidence
      self.sender = sender
      self.expected = expected
    }
  }

  static func rule(
    _ effect: PolicyRule.Effect, users: Set<UInt32>? = nil, groups: Set<UInt32>? = nil,
    programs: [PolicyRule.Program] = [], _ attestation: Principal.Attestation = .none, _ methods: [String] = [],
    sender: Bool = false
  ) -> PolicyRule {
    PolicyRule(
      effect, label: "x", users: users, groups: groups, programs: programs, attestation: attestation,
      patterns: methods.map { CallPattern($0) }, needsSender: sender)
  }

  static let alice = rule(.allow, users: [7])
  static let search = rule(.allow, users: [7], .none, ["tools/call:search", "tools/list"])
  static let byProgram = rule(.allow, programs: [.init(sha256: "aa")])
  static let byPath = rule(.allow, programs: [.init(path: "/usr/bin/agent", sha256: "aa")])
  static let notProgram = rule(.deny, programs: [.init(sha256: "aa")])
  static let everybody = rule(.allow)

  static let cases: [Case] = [
    Case("a named user", [alice], kernel(7), "x", is: .allow(0)),
    Case("another user", [alice], kernel(8), "x", is: .noRule),
    Case("root is a user like others where there are rules", [alice], kernel(0), "x", is: .noRule),
    Case("the channel's user is too", [alice], kernel(100), "x", is: .noRule),
    Case("the first that matches decides", [rule(.deny, users: [7]), alice], kernel(7), "x", is: .deny(0)),
    Case("and not the second", [alice, rule(.deny, users: [7])], kernel(7), "x", is: .allow(0)),
    Case(
      "group only via the supplementary list", [rule(.allow, groups: [50])], kernel(7, 1, [4, 50]), "x", is: .allow(0)),
    Case("primary group", [rule(.allow, groups: [50])], kernel(7, 50), "x", is: .allow(0)),
    Case("in no group", [rule(.allow, groups: [50])], kernel(7, 1, [4, 51]), "x", is: .noRule),
    Case("a file's group makes its owner no member", [rule(.allow, groups: [1])], owner(7), "x", is: .noRule),
    Case(
      "the group's list does", [PolicyRule(.allow, label: "x", groups: [50], members: [7])], owner(7), "x",
      is: .allow(0)),
    Case(
      "and denies", [PolicyRule(.deny, label: "x", groups: [50], members: [7]), everybody], owner(7), "x", is: .deny(0)),
    Case("to deny, a file's group will do", [rule(.deny, groups: [1]), everybody], owner(7), "x", is: .deny(0)),
    Case(
      "where the kernel knows better, the list says nothing",
      [PolicyRule(.allow, label: "x", groups: [50], members: [7])], kernel(7), "x", is: .noRule),
    Case("both keys hold", [rule(.allow, users: [7], groups: [50])], kernel(7, 50), "x", is: .allow(0)),
    Case("one of two keys is not enough", [rule(.allow, users: [7], groups: [50])], kernel(7, 1), "x", is: .noRule),
    Case("a method", [search], kernel(7), "tools/list", is: .allow(0)),
    Case("a tool", [search], kernel(7), "tools/call", "search", is: .allow(0)),
    Case("another tool", [search], kernel(7), "tools/call", "delete", is: .noRule),
    Case("ping for a caller who may do something", [search], kernel(7), "ping", is: .allow(0)),
    Case("initialize", [search], kernel(7), "initialize", is: .allow(0)),
    Case("discovery", [search], kernel(7), "server/discover", is: .allow(0)),
    Case("notifications", [search], kernel(7), "notifications/initialized", is: .allow(0)),
    Case("no ping for a caller whom no rule could allow", [search], kernel(8), "ping", is: .noRule),
    Case(
      "a denied method does not take initialize", [rule(.deny, .none, ["init*"]), search], kernel(7), "initialize",
      is: .allow(1)),
    Case(
      "a denied caller has no initialize", [rule(.deny, users: [7]), everybody], kernel(7), "initialize", is: .deny(0)),
    Case(
      "a bare star denies the caller", [rule(.deny, users: [7], .none, ["*"]), everybody], kernel(7), "ping",
      is: .deny(0)),
    Case(
      "deny one method of many", [rule(.deny, .none, ["tools/call:rm*"]), alice], kernel(7), "tools/call", "rm_all",
      is: .deny(0)),
    Case(
      "the others pass", [rule(.deny, .none, ["tools/call:rm*"]), alice], kernel(7), "tools/call", "ls", is: .allow(1)),
    Case("a minimum that is met", [rule(.allow, .fileOwner)], owner(7), "x", is: .allow(0)),
    Case("a minimum that is not met", [rule(.allow, .kernel)], owner(7), "x", is: .noRule),
    Case("users never match whom nobody knows", [alice], .unknown, "x", is: .noRule),
    Case("who needs no identity", [everybody], .unknown, "x", is: .allow(0)),
    Case("a file that others could write", [alice], owner(7, shared: true), "x", is: .noRule),
    Case("nor meets a minimum", [rule(.allow, .relayed)], owner(7, shared: true), "x", is: .noRule),
    Case("credentials that failed", [alice], kernel(nil), "x", is: .error(0)),
    Case("credentials that failed and are not needed", [everybody], kernel(nil), "x", is: .allow(0)),
    Case(
      "credentials that failed under a later rule", [rule(.allow, .none, ["a"]), rule(.deny, users: [9])], kernel(nil),
      "b", is: .error(1)),
    Case("a program", [byProgram], kernel(7), "x", evidence: agent, is: .allow(0)),
    Case("a program elsewhere", [byProgram], kernel(7), "x", evidence: moved, is: .allow(0)),
    Case("a program that must be where it is", [byPath], kernel(7), "x", evidence: moved, is: .noRule),
    Case("another program under its name", [byPath], kernel(7), "x", evidence: other, is: .noRule),
    Case("an unknown program allows nothing", [byProgram], kernel(7), "x", evidence: unseen, is: .noRule),
    Case("an unknown program allows no ping", [byProgram], kernel(7), "ping", evidence: unseen, is: .noRule),
    Case(
      "an unknown program is not cleared", [notProgram, everybody], kernel(7), "x", evidence: unseen, is: .error(0)),
    Case("another program is", [notProgram, everybody], kernel(7), "x", evidence: other, is: .allow(1)),
    Case("a denied program", [notProgram, everybody], kernel(7), "ping", evidence: agent, is: .deny(0)),
    Case("the process itself", [rule(.allow, sender: true)], kernel(7), "x", sender: .same, is: .allow(0)),
    Case("another process", [rule(.allow, sender: true)], kernel(7), "x", sender: .other(pid: 9), is: .noRule),
    Case(
      "an unknown process", [rule(.allow, sender: true)], kernel(7), "x", sender: .unknown(reason: "?"), is: .noRule),
  ]

  @Test(arguments: cases) func table(_ test: Case) {
    let policy = Policy(rules: test.rules, fallback: Self.fallback)
    let decision = policy.decide(
      for: test.principal, test.call, evidence: { test.evidence }, sender: { test.sender })
    let found: Expected? =
      switch (decision.verdict, decision.rule) {
      case (.allow, let rule?): .allow(rule)
      case (.deny, let rule?): .deny(rule)
      case (.error, let rule?): .error(rule)
      case (.noRule, nil): .noRule
      default: nil
      }
    #expect(found == test.expected, "\(decision)")
    // The explanation comes to the same end.
    let findings = policy.explain(test.principal, test.call, evidence: test.evidence, sender: test.sender)
    #expect(findings.count == test.rules.count)
    let last = findings.last { finding in
      switch finding.match {
      case .yes?, .error?: true
      default: false
      }
    }
    #expect(last?.place == decision.rule)
  }

  @Test func withoutRulesTheDefaultDecides() {
    let policy = Policy(rules: [], fallback: Self.fallback)
    for uid: UInt32 in [0, 7, 100] {
      let principal = Self.kernel(uid)
      guard case .decided(let decision) = policy.standing(of: principal) else {
        Issue.record("a message is asked about")
        return
      }
      #expect(decision == Decision(Self.fallback.verdict(for: principal)))
    }
    #expect(!policy.needsEvidence && !policy.needsSenderPerMessage && policy.warnings.isEmpty)
  }

  /// What does not depend on the message is decided once.
  @Test(
    arguments: [
      ([alice], 7, true), ([alice], 8, true), ([search], 8, true), ([search], 7, false), ([byProgram], 7, false),
      ([rule(.deny, users: [7]), search], 7, true), ([search, everybody], 8, true), ([search, everybody], 7, false),
    ] as [([PolicyRule], UInt32, Bool)])
  func aStandingIsDecidedWhereItCanBe(_ rules: [PolicyRule], _ uid: UInt32, _ expected: Bool) {
    let standing = Policy(rules: rules, fallback: Self.fallback).standing(of: Self.kernel(uid))
    let isDecided = if case .decided = standing { true } else { false }
    #expect(isDecided == expected)
  }

  /// Evidence costs system calls.
  @Test func evidenceIsAskedForOnlyWhereARuleNeedsIt() {
    let narrow = Self.rule(.allow, users: [7], programs: [.init(sha256: "aa")], .none, ["tools/list"])
    let policy = Policy(rules: [narrow, Self.rule(.allow, users: [8])], fallback: Self.fallback)
    #expect(policy.needsEvidence && !policy.needsSenderPerMessage)
    var asked = 0
    func ask(_ uid: UInt32, _ method: String) {
      _ = policy.decide(
        for: Self.kernel(uid), Call(method: method),
        evidence: {
          asked += 1
          return Self.agent
        },
        sender: {
          asked += 1
          return .same
        })
    }
    ask(8, "tools/list")
    ask(7, "tools/call")
    ask(9, "ping")
    #expect(asked == 0)
    ask(7, "tools/list")
    #expect(asked == 1)
  }

  @Test(
    arguments: [
      ([alice], 0), ([search], 0), ([everybody], 1), ([rule(.allow, .none, ["*"])], 1),
      ([rule(.allow, users: [7], .none, ["*"])], 1), ([rule(.allow, .none, ["tools/*"])], 1),
      ([alice, rule(.deny)], 0), ([rule(.deny), alice], 1), ([everybody, alice], 2),
      ([rule(.allow, .kernel)], 0),
    ] as [([PolicyRule], Int)])
  func wildcardsWarn(_ rules: [PolicyRule], _ count: Int) {
    let warnings = Policy(rules: rules, fallback: Self.fallback).warnings
    #expect(warnings.count == count, "\(warnings)")
    #expect(warnings.allSatisfy { $0.contains("rule x") })
  }

  @Test func ratesAreEachRulesAndEachUsers() {
    let second: Int64 = 1_000_000_000
    let first = PolicyRule(.allow, label: "1", rate: .init(count: 2, period: second))
    let policy = Policy(rules: [first, PolicyRule(.allow, label: "2")], fallback: Self.fallback)
    var rates = RuleRates(for: policy)
    #expect(rates.take(rule: 0, uid: 7, now: 0) == nil && rates.take(rule: 0, uid: 7, now: 0) == nil)
    #expect(rates.take(rule: 0, uid: 7, now: 0) == second / 2)
    #expect(rates.take(rule: 0, uid: 8, now: 0) == nil)
    #expect(rates.take(rule: 1, uid: 7, now: 0) == nil && rates.take(rule: nil, uid: 7, now: 0) == nil)
    // A reload that leaves the rule as it is fills no bucket.
    let same = Policy(rules: [first], fallback: Self.fallback)
    var kept = RuleRates(for: same, keeping: rates, of: policy)
    #expect(kept.take(rule: 0, uid: 7, now: 0) != nil)
    let changed = Policy(
      rules: [PolicyRule(.allow, label: "1", rate: .init(count: 3, period: second))], fallback: Self.fallback)
    var fresh = RuleRates(for: changed, keeping: rates, of: policy)
    #expect(fresh.take(rule: 0, uid: 7, now: 0) == nil)
  }
}
