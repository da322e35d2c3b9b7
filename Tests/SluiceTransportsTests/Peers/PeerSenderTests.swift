import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import Testing

/// Other users, other namespaces, and other processes on one connection.
extension TransportTests.Peers {
  // MARK: T19, T21 and other users

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason))) func t19SupplementaryGroupsAreKnown()
    throws
  {
    let watched = try Watched()
    let program = try watched.install("peer")
    let peer = try SteppedPeer(
      as: 1001, groups: [4242, 17], [program, watched.connect, Self.ready, "read", Self.ask, "sleep"])
    try watched.messages(1, peer)
    let principal = try #require(watched.bench.sink.arrivals.first?.principal)
    #expect(principal.uid == 1001 && principal.gid == 1001)
    #expect(principal.groups == [17, 4242])
    #expect(principal.isMember(of: 4242) && !principal.isMember(of: 0))
    #expect(principal.grade == .image)
  }

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason))) func t21RootOfAnotherNamespaceIsItsUser()
    throws
  {
    let watched = try Watched()
    let program = try watched.install("peer")
    // Root in there, and nobody at all in there: here both are the user that they are here.
    for map in [["-r"], []] {
      let peer = try SteppedPeer(
        as: 1001,
        ["/usr/bin/unshare", "-U"] + map + [program, watched.connect, Self.ready, "read", Self.ask, "sleep"])
      try watched.until(peer) { watched.bench.sink.arrivals.last?.principal.pid == peer.pid || peer.status != nil }
      guard peer.status == nil else { continue }  // this host lets users make no namespaces
      let principal = try #require(watched.bench.sink.arrivals.last?.principal)
      #expect(principal.uid == 1001)
    }
  }

  @Test func t21AUserThatWeCannotNameIsRefused() throws {
    let watched = try Watched(program: false)
    watched.listener.lookUp.users = IdentityMap(
      map: "0 \(Process.effectiveUser) 1", overflow: "\(Process.effectiveUser)")
    let peer = try SocketPeer(watched.bench)
    try watched.bench.run {
      try peer.read()
      return peer.hasEnded
    }
    #expect(watched.bench.sink.sessions.isEmpty)
    #expect(watched.bench.sink.notices.contains { $0.contains("user namespace") })
  }

  // MARK: M9, M15

  @Test(arguments: ["child-send", "handoff"]) func m9WhatAnotherProcessSendsIsNotThePeers(_ step: String) throws {
    let watched = try Watched(sender: true)
    let program = try watched.install("peer")
    let peer = try SteppedPeer([
      program, watched.connect, Self.ready, "read", Self.ask, "read", #"\#(step):{"method":"ping"}"#, "read",
      Self.ask,
      "sleep",
    ])
    try watched.messages(3, peer)
    guard case .program = watched.evidence[0] else {
      Issue.record("\(watched.evidence)")
      return
    }
    #expect(watched.doubts[0] == nil)
    #expect(Self.reason(watched.evidence[1]).contains("over a connection of process \(peer.pid)"))
    #expect(watched.doubts[1] != nil)
    // Its own words count again.
    #expect(watched.evidence[2] == watched.evidence[0])
    #expect(watched.doubts[2] == nil)
  }

  @Test(
    arguments: [
      [#"child-part:{"method":"#, #"send:"ping"}"#], [#"part:{"method":"#, #"child-send:"ping"}"#],
      [#"part:{"method""#, "child-part::", #"send:"ping"}"#],
    ]) func m9AMessageOfTwoProcessesIsNeithers(_ steps: [String]) throws
  {
    let watched = try Watched(sender: true)
    let peer = try SteppedPeer(
      [try watched.install("peer"), watched.connect, Self.ready, "read"] + steps + [Self.ask, "sleep"])
    try watched.messages(2, peer)
    #expect(watched.bench.sink.texts.first == #"{"method":"ping"}"#)
    #expect(watched.doubts.first != .some(nil))
    #expect(watched.doubts.last == .some(nil))
  }

  @Test(arguments: [false, true]) func m15PassedDescriptorsAreNeverInstalled(_ sender: Bool) throws {
    let watched = try Watched(program: false, sender: sender)
    let program = try watched.install("peer")
    func open() throws -> Int { try Directory.open("/proc/self/fd").names().count }
    let peer = try SteppedPeer([
      program, watched.connect, Self.ask, "read", "pass:x", "wait", Self.ask, "sleep",
    ])
    try watched.messages(1, peer)
    try watched.until(peer) { peer.lines.count == 2 }
    let before = try open()
    try peer.goOn()
    try watched.messages(2, peer)
    #expect(try open() == before)
  }
}
