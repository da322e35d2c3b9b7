import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import Testing
import SluiceChannel

/// Who is at the other end, with real programs and real users.
extension TransportTests {
  @Suite(.enabled(if: PeerProgram.isAvailable, Comment(rawValue: PeerProgram.reason))) struct Peers {
    /// A socket that rules ask about, and what was known of each message when it came.
    final class Watched {
      let bench: TransportBench
      let listener: SocketListener
      private(set) var evidence: [ProcessEvidence] = []
      private(set) var doubts: [String?] = []

      init(program: Bool = true, sender: Bool = false) throws {
        bench = try TransportBench(.socket)
        try bench.open()
        listener = try #require(bench.receiver as? SocketListener)
        listener.attestation = SocketListener.Attestation(program: program, senderPerMessage: sender)
        bench.sink.received = { [unowned self] session, bytes in
          evidence.append(session.conversation?.evidence() ?? .unknown(reason: "no conversation"))
          doubts.append(session.conversation?.senderDoubt)
          session.echo(bytes)
          return true
        }
        // Other users get as far as the socket.
        try bench.root.directory().setMode(of: "run", 0o755)
        try Directory.open("/tmp").setMode(of: String(bench.root.path.dropFirst(5)), 0o755)
        try Directory.open(bench.run).setMode(of: "mcp.sock", 0o666)
      }

      var connect: String { "connect:\(bench.run)/mcp.sock" }
      func install(_ name: String, more: String = "") throws -> String {
        try PeerProgram.install(name, in: bench.root, more: more)
      }

      /// Until so many messages came.
      func messages(_ count: Int, _ peer: SteppedPeer, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try bench.run(sourceLocation: sourceLocation) {
          try peer.pump()
          return evidence.count >= count || (peer.status ?? 0) != 0
        }
        #expect(evidence.count == count, "\(peer.trouble)", sourceLocation: sourceLocation)
      }

      func until(
        _ peer: SteppedPeer, sourceLocation: SourceLocation = #_sourceLocation, _ test: () throws -> Bool
      ) throws {
        try bench.run(sourceLocation: sourceLocation) {
          try peer.pump()
          return try test()
        }
      }
    }

    static func reason(_ evidence: ProcessEvidence?) -> String {
      if case .unknown(let reason)? = evidence { return reason }
      return "\(String(describing: evidence))"
    }
    static let ready = #"send:{"sluice":{"control":"ready"}}"#
    static let ask = #"send:{"method":"ping"}"#
    static let gone = "the connecting process is gone"

    @Test func aProgramIsKnownByItsFile() throws {
      let watched = try Watched()
      let program = try watched.install("peer")
      let peer = try SteppedPeer([program, watched.connect, Self.ready, "read", Self.ask, "read", Self.ask, "sleep"])
      try watched.messages(2, peer)
      let expected = ProcessEvidence.program(.init(path: program, sha256: try PeerProgram.digest(program)))
      #expect(watched.evidence == [expected, expected])
      #expect(peer.lines.first == #"{"sluice":{"control":"ready"}}"#)
      #expect(watched.bench.sink.arrivals.first?.principal.grade == .image)
    }

    @Test func whereNoRuleAsksNothingIsLookedUp() throws {
      let watched = try Watched(program: false)
      let peer = try SteppedPeer([try watched.install("peer"), watched.connect, Self.ask, "sleep"])
      try watched.messages(1, peer)
      #expect(Self.reason(watched.evidence.first) == "the sending program is not looked up")
      #expect(watched.bench.sink.arrivals.first?.principal.grade == .uid)
      // A rule that comes later finds the connection too old.
      watched.listener.attestation.program = true
      let connection = try #require(watched.bench.sink.sessions.first?.conversation)
      #expect(Self.reason(connection.evidence()).contains("connect again"))
    }

    @Test func ourOwnSenderCountsWithoutNotice() throws {
      let watched = try Watched()
      let job = try watched.bench.startRequest(#"{"method":"ping"}"#)
      try watched.bench.run { job.isOver }
      #expect(job.failed == [])
      #expect(job.answers == [Socket.echo])
      guard case .program? = watched.evidence.first else {
        Issue.record("\(watched.evidence)")
        return
      }
    }

    // MARK: T11

    @Test func t11NothingInAMessageSaysWhoSentIt() throws {
      let watched = try Watched(sender: true)
      let program = try watched.install("peer")
      let claim = #"send:{"method":"ping","uid":4711,"_peer_uid":4711,"pid":1,"program":"/bin/true","gid":4711}"#
      let peer = try SteppedPeer([program, watched.connect, Self.ready, "read", claim, "sleep"])
      try watched.messages(1, peer)
      let principal = try #require(watched.bench.sink.arrivals.first?.principal)
      #expect(principal.uid == Process.effectiveUser)
      #expect(principal.pid == peer.pid)
      #expect(watched.evidence == [.program(.init(path: program, sha256: try PeerProgram.digest(program)))])
    }

    // MARK: T12

    @Test func t12WhatWasSentBeforeTheLookUpDoesNotCount() throws {
      let watched = try Watched()
      let evil = try watched.install("evil", more: "evil")
      let trusted = try watched.install("trusted")
      // Sent by the one program, then the trusted one takes its place before anybody looked.
      let peer = try SteppedPeer([
        evil, watched.connect, Self.ask, "exec:\(trusted)", "say:trusted", "read", Self.ask, "read", "sleep",
      ])
      let deadline = Deadline()
      while !peer.lines.contains("trusted"), !deadline.hasPassed { try peer.pump() }
      try watched.messages(2, peer)
      #expect(watched.evidence.first == .early)
      // The same words again on the same connection are the trusted program's own.
      #expect(watched.evidence.last == .program(.init(path: trusted, sha256: try PeerProgram.digest(trusted))))
    }

    @Test func t12HalfAMessageSentBeforeTheLookUpDoesNotCount() throws {
      let watched = try Watched()
      let program = try watched.install("peer")
      // The beginning of the first message is early, the rest of it is not.
      let peer = try SteppedPeer([
        program, watched.connect, #"part:{"method":"#, "say:sent", "wait", #"send:"ping"}"#, Self.ask, "sleep",
      ])
      let deadline = Deadline()
      while !peer.lines.contains("sent"), !deadline.hasPassed { try peer.pump() }
      // Looked up, and what was there is read.
      try watched.bench.run { watched.bench.sink.sessions.count == 1 }
      try watched.bench.turn()
      try peer.goOn()
      try watched.messages(2, peer)
      #expect(watched.bench.sink.texts == [#"{"method":"ping"}"#, #"{"method":"ping"}"#])
      #expect(watched.evidence.first == .early)
      #expect(watched.evidence.last != .early)
    }

    @Test func t12AnExecAfterTheLookUpIsSeen() throws {
      let watched = try Watched()
      let trusted = try watched.install("trusted")
      let evil = try watched.install("evil", more: "evil")
      let peer = try SteppedPeer([
        trusted, watched.connect, Self.ready, "read", Self.ask, "read", "exec:\(evil)", Self.ask, "read",
        "exec:\(trusted)", Self.ask, "sleep",
      ])
      try watched.messages(3, peer)
      guard case .program = watched.evidence[0] else {
        Issue.record("\(watched.evidence)")
        return
      }
      #expect(watched.evidence[1] == .unknown(reason: PeerProcess.changed))
      // Going back does not help: the connection has lost it for good.
      #expect(watched.evidence[2] == .unknown(reason: PeerProcess.changed))
    }

    @Test func t12AnExecIntoTheSameProgramIsSeen() throws {
      let watched = try Watched()
      let trusted = try watched.install("trusted")
      let evil = try watched.install("evil", more: "evil")
      // Away and back between two messages: the file is the same again, the addresses are not.
      let peer = try SteppedPeer([
        trusted, watched.connect, Self.ready, "read", "exec:\(evil)", "exec:\(trusted)", Self.ask, "sleep",
      ])
      try watched.messages(1, peer)
      #expect(watched.evidence == [.unknown(reason: PeerProcess.changed)])
    }

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

    @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason))) func t14ARecycledNumberIsNobodys() throws
    {
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
      guard heir?.pid == number else { return }  // others took the number: nothing to see
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
}
