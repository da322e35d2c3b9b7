import SluiceChannel
import SluiceMigration
import Testing

@Suite struct LintTests {
  private static func manifest(
    _ number: Int, _ name: String, _ from: String, _ to: String, _ more: String = ""
  ) -> Lint.File {
    let id = "000\(number)-\(name)"
    let text = #"{ format: 1, id: "\#(id)", title: "t", from: "\#(from)", to: "\#(to)", objects: {}, \#(more) }"#
    return Lint.File(path: "/m/\(id).json5", bytes: Array(text.utf8))
  }

  private static let set = [
    manifest(1, "files", "file-drop", "run-file"), manifest(2, "fifo", "run-file", "fifo"),
    manifest(3, "socket", "fifo", "socket"),
  ]

  private func lines(_ files: [Lint.File], whole: Bool = true, applied: [String: String] = [:]) -> [String] {
    var against = Lint.Against()
    against.isWholeSet = whole
    against.applied = applied
    return Lint.check(files, against).flatMap { report in report.problems.map { $0.line(in: report.path) } }
  }

  @Test func aSoundSetHasNoProblem() { #expect(lines(Self.set) == []) }

  struct Chain: Sendable, CustomTestStringConvertible {
    let files: [Lint.File]
    let expected: [String]
    var testDescription: String { expected.joined(separator: "; ") }
  }

  static let chains: [Chain] = [
    Chain(
      files: [set[0], set[2]],
      expected: [
        "/m/0003-socket.json5:1:18: id: there is none with the number 0002 before it",
        "/m/0003-socket.json5:1:51: from: no manifest leads to fifo",
      ]),
    Chain(
      files: set + [manifest(4, "again", "run-file", "fifo")],
      expected: [
        "/m/0004-again.json5:1:18: id: comes after '0003-socket', which leads to the later phase socket",
        "/m/0004-again.json5:1:66: to: leads to fifo, as '0002-fifo' does",
      ]),
    Chain(
      files: [set[0], manifest(1, "other", "run-file", "fifo")],
      expected: ["/m/0001-other.json5:1:18: id: has the number of '0001-files.json5' too"]),
    Chain(
      files: [Lint.File(path: "/m/0009-moved.json5", bytes: set[0].bytes)],
      expected: [
        "/m/0009-moved.json5:1:18: id: must be the file's name without .json5, which is '0009-moved.json5'",
        "/m/0009-moved.json5:1:18: id: there is none with the number 0008 before it",
      ]),
    // What cannot be read may be the one that is missing: no guess about it.
    Chain(
      files: [Lint.File(path: "/m/0001-files.json5", bytes: Array("{".utf8)), set[1]],
      expected: ["/m/0001-files.json5:1:2: expected a key or '}', found the end of the text"]),
  ]

  @Test(arguments: chains)
  func aChainThatBreaksIsNamed(row: Chain) { #expect(lines(row.files) == row.expected) }

  static let objects: [(String, String, String)] = [
    (#"kind: "socket", at: "fifo", mode: "0600""#, "objects.o.kind", "'socket' at the place of a fifo"),
    (#"kind: "fifo", at: "run-file", mode: "0600""#, "objects.o.kind", "'fifo' at the place of a run-file"),
    (#"kind: "directory", at: "lock", mode: "0700""#, "objects.o.kind", "'directory' at the place of a lock-file"),
    (
      #"kind: "lock-file", at: "lock", mode: "0600", groupMode: "0640""#, "objects.o.groupMode",
      "with 0640 members of the channel's group cannot open the lock that they have to take"
    ),
    (
      #"kind: "directory", at: "runtime", mode: "0700", groupMode: "0740""#, "objects.o.groupMode",
      "with 0740 members of the channel's group cannot enter it"
    ),
    (
      #"kind: "fifo", at: "fifo", mode: "0600", groupMode: "0640""#, "objects.o.groupMode",
      "with 0640 members of the channel's group cannot write their messages to it"
    ),
    (#"kind: "fifo", at: "fifo", mode: "0400""#, "objects.o.mode", "0400 keeps the channel's own user out"),
    (#"kind: "fifo", at: "fifo", mode: "0602""#, "objects.o.mode", "lets every user write"),
    (#"kind: "fifo", at: "fifo", mode: 600"#, "objects.o.mode", "expected a mode such as '0750', found the number 600"),
    (#"kind: "fifo", at: "fifo", mode: "98""#, "objects.o.mode", "which is not all octal digits"),
    (#"kind: "fifo", at: "fifo", mode: "77777""#, "objects.o.mode", "has bits beyond 7777"),
    (#"kind: "fifo", at: "fifo", mod: "0600""#, "objects.o.mod", "did you mean 'mode'?"),
    (#"kind: "fif", at: "fifo", mode: "0600""#, "objects.o.kind", "did you mean 'fifo'?"),
  ]

  @Test(arguments: objects)
  func objectsMustMakeSense(object: String, key: String, text: String) {
    let file = Self.manifest(1, "files", "file-drop", "run-file", "")
    let bytes = String(decoding: file.bytes, as: UTF8.self).split(separator: "objects: {}")
      .joined(separator: "objects: { o: { \(object) } }")
    let found = Lint.check([Lint.File(path: file.path, bytes: Array(bytes.utf8))], .init()).flatMap(\.problems)
    #expect(found.contains { $0.keyPath == key && $0.text.contains(text) }, "\(found)")
    #expect(found.allSatisfy { $0.line == 1 && $0.column > 70 }, "\(found)")
  }

  static let gates: [(String, String, String)] = [
    (#"latency: "2""#, "gates.latency", "says no unit"),
    ("latency: 2", "gates.latency", "units are needed"),
    (#"latency: "0s""#, "gates.latency", "must be from 1ms to 10m, found 0s"),
    (#"latency: "11m""#, "gates.latency", "must be from 1ms to 10m, found 11m"),
    (#"latency: "2 s""#, "gates.latency", "is not a unit of time"),
    (#"settle: "2d""#, "gates.settle", "must be from 0s to 1d, found 2d"),
    (#"settle: "1.5h""#, "gates.settle", "write a fraction in a smaller unit"),
    (#"settle: "999999999999d""#, "gates.settle", "longer than the longest time span"),
    ("canaries: 0", "gates.canaries", "must be from 1 to 1000, found 0"),
    ("canaries: 1001", "gates.canaries", "must be from 1 to 1000, found 1001"),
    ("canaries: 1.5", "gates.canaries", "found 1.5"),
    (#"canaries: "ten""#, "gates.canaries", "found a string"),
    ("canarys: 3", "gates.canarys", "did you mean 'canaries'?"),
  ]

  @Test(arguments: gates)
  func gatesHaveRanges(gate: String, key: String, text: String) {
    let file = Self.manifest(1, "files", "file-drop", "run-file", "gates: { \(gate) }")
    let found = Lint.check([file], .init()).flatMap(\.problems)
    #expect(found.count == 1 && found[0].keyPath == key && found[0].text.contains(text), "\(found)")
  }

  @Test func twoObjectsAtOnePlace() {
    let text = """
      { format: 1, id: "0001-a", title: "t", from: "0", to: "1", objects: {
        a: { kind: "fifo", at: "fifo", mode: "0600" }, b: { kind: "fifo", at: "fifo", mode: "0600" } } }
      """
    #expect(
      lines([Lint.File(path: "/m/0001-a.json5", bytes: Array(text.utf8))]) == [
        "/m/0001-a.json5:2:73: objects.b.at: is the place of 'a' too"
      ])
  }

  @Test func allProblemsAreNamed() {
    let text = #"{ format: 7, id: "0001-a", titel: "t", from: "0", to: "3", objects: { "a b": {} } }"#
    let found = lines([Lint.File(path: "/m/0001-a.json5", bytes: Array(text.utf8))])
    for part in ["reads format 1, found 7", "did you mean 'title'", "the phase after file-drop", "letters, digits"] {
      #expect(found.contains { $0.contains(part) }, "\(part): \(found)")
    }
    #expect(found.count >= 7, "\(found)")
  }

  @Test func whatWasAppliedKeepsItsMeaning() throws {
    let before = try Manifest.parse(bytes: Self.set[1].bytes, fileName: "m")
    var applied = before
    applied.gates.canaries = 77
    applied.gates.settle = 5
    let found = lines(Self.set, applied: ["0002-fifo": applied.meaning, "0001-files": "id = 0001-files"])
      .filter { $0.contains("0002") }
    #expect(found.count == 2)
    #expect(found.contains { $0.contains("gates.canaries: was 77 when it was applied and is 10 now; put it back") })
    #expect(found.contains { $0.contains("gates.settle: was 5 ns when it was applied") })
    #expect(lines(Self.set, applied: ["0002-fifo": before.meaning]) == [])
  }

  /// Where the channel's group has access, a mode that is given once is the group's too.
  @Test func aGroupChannelWantsModesForItsGroup() {
    let file = Self.manifest(1, "files", "file-drop", "run-file")
    let bytes = String(decoding: file.bytes, as: UTF8.self).split(separator: "objects: {}")
      .joined(separator: #"objects: { l: { kind: "lock-file", at: "lock", mode: "0600" } }"#)
    var against = Lint.Against()
    let group = [Lint.File(path: file.path, bytes: Array(bytes.utf8))]
    #expect(Lint.check(group, against).flatMap(\.problems).isEmpty)
    against.hasGroup = true
    #expect(Lint.check(group, against).flatMap(\.problems).map(\.keyPath) == ["objects.l.groupMode"])
  }

  @Test func channelFilesAreToldFromManifests() {
    let channel = Lint.File(path: "/c/0x.json5", bytes: Array(#"{ format: 1, channel: "a", stm: "x" }"#.utf8))
    let reports = Lint.check([channel] + Self.set, .init())
    #expect(reports.map(\.kind) == [.channel, .manifest, .manifest, .manifest])
    #expect(reports[0].problems.map(\.text) == ["unknown key; did you mean 'stem'?"])
  }
}
