import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import Testing

/// Processes that end, that cannot be looked up, and whose numbers go to others.
extension TransportTests.Peers {
  // MARK: T14, T15

  @Test func t14APeerThatIsGoneKeepsItsUserOnly() throws {
    let watched = try Watched()
    let peer = try SteppedPeer([try watched.install("peer"), watched.connect, Self.ask])
    let deadline = Deadline()
    while peer.status == nil, !deadline.hasPassed { try peer.pump() }
    try watched.messages(1, peer)
    #expect(watched.evidence == [.unknown(reason: Self.gone)])
    let principal = try #require(watched.bench.sink.arrivals.first?.principal)
    #expect(principal.uid == Process.effectiveUser)
    #expect(principal.grade == .uid)
  }

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason))) func t14ARecycledNumberIsNobodys() throws {
    let watched = try Watched()
    let trusted = try watched.install("trusted")
    let evil = try watched.install("evil", more: "evil")
    // The connection lives on in a child; the process that connected ends.
    let before = try SteppedPeer([evil, watched.connect, "say:connected", "orphan", Self.ask, "sleep"])
    let number = before.pid
    let deadline = Deadline()
    while before.status == nil, !deadline.hasPassed { try before.pump() }
    // Its number goes to a trusted program.
    var heir: SteppedPeer?
    for _ in 0..<200 where heir?.pid != number {
      try Directory.open("/proc/sys/kernel").open("ns_last_pid", .write).writeAll(Array("\(number - 1)".utf8))
      heir = try SteppedPeer([trusted, "sleep"])
    }
    guard heir?.pid == number else {
      print("others took the number: not tried")
      return
    }
    try watched.messages(1, before)
    #expect(watched.evidence == [.unknown(reason: Self.gone)])
    #expect(watched.bench.sink.arrivals.first?.principal.uid == Process.effectiveUser)
  }

  @Test func t14AnEndAfterTheLookUpIsSeen() throws {
    let watched = try Watched()
    let peer = try SteppedPeer([
      try watched.install("peer"), watched.connect, Self.ready, "read", Self.ask, "read", "orphan", "wait", Self.ask,
      "sleep",
    ])
    try watched.messages(1, peer)
    try watched.until(peer) { peer.status != nil }
    try peer.goOn()
    try watched.bench.run { watched.evidence.count == 2 }
    #expect(watched.evidence.last == .unknown(reason: Self.gone))
  }

  @Test func t15WithoutCredentialsNobodyIsServed() throws {
    let watched = try Watched(program: false)
    watched.listener.lookUp.credentials = { (_: borrowing OwnedDescriptor) throws(Errno) in throw Errno.protocolFault
    }
    let peer = try SocketPeer(watched.bench)
    try watched.bench.run {
      try peer.read()
      return peer.hasEnded
    }
    #expect(peer.received.isEmpty)
    #expect(watched.bench.sink.sessions.isEmpty)
    #expect(watched.bench.sink.notices.contains { $0.contains("credentials could not be read") })
  }

  @Test func t15WithoutItsProcessAPeerIsItsUser() throws {
    let watched = try Watched(sender: true)
    watched.listener.lookUp.process = { (_: borrowing OwnedDescriptor, _: Int32) throws(UnknownProcess) in
      throw UnknownProcess("not on this kernel")
    }
    let peer = try SteppedPeer([try watched.install("peer"), watched.connect, Self.ready, "read", Self.ask, "sleep"])
    try watched.messages(1, peer)
    #expect(watched.evidence == [.unknown(reason: "not on this kernel")])
    #expect(watched.doubts == ["the connecting process is not known"])
    #expect(watched.bench.sink.arrivals.first?.principal.grade == .uid)
  }
}
