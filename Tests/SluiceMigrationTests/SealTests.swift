import SluiceMigration
import SluiceSystem
import SluiceTestSupport
import Testing

/// The seal on each filesystem that there is, tried by real users.
@Suite struct SealTests {
  /// The temporary directory's filesystem, and a tmpfs.
  static let places = ["/tmp", "/dev/shm"]

  private static func inDirectory(of place: String, _ body: (Seal, String) throws -> Void) throws {
    let parent = try Directory.open(place)
    let name = "sluice-seal-\(Random.token(bytes: 8))"
    try parent.makeDirectory(name, mode: 0o700)
    try parent.setMode(of: name, 0o1777)
    let path = "\(place)/\(name)"
    let seal = Seal(path: "\(path)/in.json", channel: "c", socket: "/run/c/s")
    defer {
      try? seal.lift(isOurs: true)
      if let made = try? Directory.open(path) { for left in (try? made.names()) ?? [] { try? made.unlink(left) } }
      try? parent.removeDirectory(name)
    }
    try body(seal, path)
  }

  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"), arguments: places)
  func anImmutableFileRefusesEverythingToEverybody(place: String) throws {
    try Self.inDirectory(of: place) { seal, _ in
      #expect(seal.look(isOurs: false) == .absent)
      #expect(try seal.put() == .immutable)
      #expect(seal.look(isOurs: false) == .standing(.immutable))
      var restored = 0
      let trials = seal.trials(users: [65534]) { () throws(Never) in restored += 1 }
      #expect(trials.count == 8 && restored == 0)
      #expect(trials.allSatisfy { !$0.wentThrough && $0.trouble == nil }, "\(trials)")
      // Somebody else's attempt to put a seal there finds it occupied.
      #expect(throws: Errno.self) { _ = try seal.put() }
      try seal.lift(isOurs: true)
      #expect(seal.look(isOurs: true) == .absent)
    }
  }

  @Test func aSocketNodeRefusesAllButAMove() throws {
    try Self.inDirectory(of: "/tmp") { seal, path in
      try Directory.open(path).makeSocketNode("in.json", mode: 0)
      #expect(seal.look(isOurs: true) == .standing(.socket))
      #expect(seal.look(isOurs: false) == .foreign("a socket that sluice did not make"))
      var restored = 0
      let trials = try seal.trials(users: [65534]) { () throws(Errno) in
        restored += 1
        seal.clearAttempt()
        try Directory.open(path).makeSocketNode("in.json", mode: 0)
      }
      #expect(trials.filter(\.wentThrough).map(\.text) == ["mv as uid \(Process.effectiveUser)"])
      #expect(restored == 1 && seal.look(isOurs: true) == .standing(.socket))
      #expect(
        trials.filter { $0.style != "mv" }.allSatisfy { $0.refusal == "ENXIO" || $0.refusal == "EACCES" }, "\(trials)")
    }
  }

  @Test func whatIsNotOursIsNeitherTakenForOneNorRemoved() throws {
    try Self.inDirectory(of: "/tmp") { seal, path in
      let directory = try Directory.open(path)
      try directory.replaceFile("in.json", with: Array("{}".utf8), mode: 0o666)
      #expect(seal.look(isOurs: true) == .drop)
      #expect(throws: Errno.exists) { _ = try seal.put() }
      try seal.lift(isOurs: true)
      #expect(try directory.contents(of: "in.json", limit: 10) == Array("{}".utf8))
      try directory.unlink("in.json")
      try directory.makeFIFO("in.json", mode: 0o666)
      #expect(seal.look(isOurs: true) == .foreign("a FIFO"))
      try seal.lift(isOurs: true)
      #expect(try directory.status(of: "in.json")?.kind == .fifo)
      // A draft of a killed process is in nobody's way.
      #expect(try directory.names() == ["in.json"])
    }
  }

  /// A seal whose making was cut off between its two steps is completed.
  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"))
  func aHalfMadeSealIsCompleted() throws {
    try Self.inDirectory(of: "/tmp") { seal, path in
      let directory = try Directory.open(path)
      try directory.replaceFile("in.json", with: Array("\(seal.line)\n".utf8), mode: 0o444)
      try directory.replaceFile(".in.json.sluice-seal", with: Array("x".utf8), mode: 0o444)
      #expect(seal.look(isOurs: false) == .partial)
      #expect(try seal.put() == .immutable)
      #expect(seal.look(isOurs: false) == .standing(.immutable))
      #expect(try directory.names() == ["in.json"])
    }
  }
}
