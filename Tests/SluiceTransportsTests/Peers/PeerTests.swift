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
  }
}
