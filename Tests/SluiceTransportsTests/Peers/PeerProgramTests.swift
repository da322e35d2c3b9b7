import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import Testing

/// Programs by name, deleted, replaced, overwritten and huge.
extension TransportTests.Peers {
  // MARK: T16, T17, T18

  @Test(arguments: ["trusted", "a) S 1 (b", "x\ny", "trusted (deleted)"]) func t16ANameIsNothing(_ name: String)
    throws
  {
    let watched = try Watched()
    try watched.bench.root.makeDirectory("other", mode: 0o755)
    let trusted = try watched.install("trusted")
    let impostor = try watched.install("other/\(name)", more: "impostor")
    let peer = try SteppedPeer([impostor, watched.connect, Self.ready, "read", Self.ask, "sleep"])
    try watched.messages(1, peer)
    #expect(watched.evidence == [.program(.init(path: impostor, sha256: try PeerProgram.digest(impostor)))])
    #expect(try PeerProgram.digest(impostor) != PeerProgram.digest(trusted))
  }

  @Test(arguments: ["rm -- \"$0\"", "cp \"$0\" \"$0.new\" && mv -f \"$0.new\" \"$0\""])
  func t17AFileThatIsGoneOrReplacedIsNoIdentity(_ change: String) throws {
    let watched = try Watched()
    let program = try watched.install("peer")
    let peer = try SteppedPeer([program, "say:runs", "wait", watched.connect, Self.ready, "read", Self.ask, "sleep"])
    try watched.until(peer) { peer.lines.contains("runs") }
    try watched.bench.shell(change.replacing("$0", with: program))
    try peer.goOn()
    try watched.messages(1, peer)
    #expect(Self.reason(watched.evidence.first).contains("deleted or replaced"))
    #expect(watched.bench.sink.arrivals.first?.principal.grade == .pid)
  }

  @Test func t17AReplacementAfterTheLookUpIsSeen() throws {
    let watched = try Watched()
    let program = try watched.install("peer")
    let peer = try SteppedPeer([
      program, watched.connect, Self.ready, "read", Self.ask, "read", "wait", Self.ask, "sleep",
    ])
    try watched.messages(1, peer)
    try watched.bench.shell("cp \(program) \(program).new && mv -f \(program).new \(program)")
    try peer.goOn()
    try watched.messages(2, peer)
    #expect(watched.evidence.last == .unknown(reason: PeerProcess.changed))
  }

  @Test func t17ARunningFileCannotBeOverwrittenUnseen() throws {
    let watched = try Watched()
    let program = try watched.install("peer")
    let peer = try SteppedPeer([
      program, watched.connect, Self.ready, "read", Self.ask, "read", "wait", Self.ask, "sleep",
    ])
    try watched.messages(1, peer)
    let written: Bool
    do {
      let file = try watched.bench.root.directory().open("peer", .write)
      try file.writeAll([0], at: 1_000_000)
      written = true
    } catch {
      #expect((error as? Errno)?.rawValue == 26)  // ETXTBSY
      written = false
    }
    try peer.goOn()
    try watched.messages(2, peer)
    // A kernel that lets it be written shows it in the file's times.
    if written {
      #expect(watched.evidence.last == .unknown(reason: PeerProcess.changed))
    } else {
      #expect(watched.evidence.last == watched.evidence.first)
    }
  }

  @Test func t18AHugeProgramIsNotHashed() throws {
    let watched = try Watched()
    let program = try watched.install("peer")
    try watched.bench.root.directory().open("peer", .write).truncate(to: 1 << 40)
    let start = Clock.monotonic
    let peer = try SteppedPeer([program, watched.connect, Self.ready, "read", Self.ask, "sleep"])
    try watched.messages(1, peer)
    #expect(Self.reason(watched.evidence.first).contains("larger than 268435456 bytes"))
    #expect(Clock.monotonic - start < 10_000_000_000)
  }
}
