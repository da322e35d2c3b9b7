import SluiceScan
import SluiceSystem
import SluiceTestSupport
import Testing

@Suite struct JudgementTests {
  private let quiet = KernelProtection(values: [:])

  @Test func everyRuleHasWordsAndAnIDOfItsOwn() {
    #expect(Set(Rule.allCases.map(\.rawValue)).count == Rule.allCases.count)
    for rule in Rule.allCases { #expect(!rule.why.isEmpty && rule.rawValue.contains("-"), "\(rule)") }
    #expect(Severity.allCases.sorted() == [.info, .low, .medium, .high])
  }

  /// A file of a mode in a directory of a mode, and the ids that are found besides those of the place itself.
  @Test(arguments: [
    (UInt32(0o600), UInt32(0o700), [Rule]()), (0o666, 0o700, [.legacyWorldWritable]),
    (0o660, 0o700, [.legacyGroupWritable]), (0o600, 0o777, [.legacyDirectoryWritable]),
    (0o666, 0o1777, [.legacyWorldWritable, .legacyStickyDirectory]),
  ])
  func legacyModes(mode: UInt32, directory: UInt32, rules: [Rule]) throws {
    let place = try TemporaryDirectory()
    try place.makeDirectory("d", mode: directory)
    try place.write("d/drop", "{}", mode: mode)
    try Directory.open("\(place.path)/d").setMode(of: "drop", mode)
    let path = LegacyPath(facts: PathFacts.look("\(place.path)/d/drop"))
    #expect(Set(path.findings(protection: quiet).map(\.rule)) == Set(rules))
  }

  @Test func kindsAndLinks() throws {
    let place = try TemporaryDirectory()
    let directory = try place.directory()
    try directory.makeFIFO("fifo", mode: 0o600)
    try place.makeDirectory("dir")
    try place.link("/nowhere", to: "link")
    try place.link("loop", to: "loop")
    try place.write("file", "")
    try directory.link("file", to: "other")
    func rules(_ name: String) -> [Rule] {
      LegacyPath(facts: PathFacts.look("\(place.path)/\(name)")).findings(protection: quiet).map(\.rule)
    }
    #expect(rules("fifo") == [.legacyFIFO])
    #expect(rules("dir") == [.legacyWrongKind])
    #expect(rules("link") == [.legacySymbolicLink])
    #expect(rules("loop/x").contains(.legacyUnreadable))
    #expect(rules("file") == [.legacyHardLinked])
    #expect(rules("none") == [.legacyAbsent])
    #expect(rules("none/none") == [.legacyAbsent])
  }

  @Test func kernelSettings() throws {
    let place = try TemporaryDirectory()
    try place.makeDirectory("d", mode: 0o1777)
    let path = LegacyPath(facts: PathFacts.look("\(place.path)/d/drop"))
    let found = path.findings(protection: KernelProtection(values: ["protected_symlinks": 0, "protected_regular": 2]))
    #expect(found.contains { $0.rule == .kernelProtectionOff && $0.object == "fs.protected_symlinks" })
    #expect(found.contains { $0.rule == .kernelProtectionRefuses && $0.object == "fs.protected_regular" })
  }

  @Test(arguments: [
    ("/tmp/a", "/tmp/a"), ("/tmp/a b", "'/tmp/a b'"), ("/tmp/a'; rm -rf /", #"'/tmp/a'\''; rm -rf /'"#),
    ("/tmp/a\nb", #"$'/tmp/a\x0ab'"#), ("", "''"), ("-rf", "'-rf'"), ("$(id)", "'$(id)'"),
  ])
  func words(text: String, quoted: String) { #expect(ShellWord.quoted(text) == quoted) }
}
