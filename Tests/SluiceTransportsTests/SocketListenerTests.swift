import SluiceChannel
import SluicePolicy
import SluiceReactor
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// Who may listen, who may connect, and what is left behind.
extension TransportTests.Socket {
  @Test func whoConnectsIsWhoTheKernelSays() throws {
    let (bench, _) = try bench()
    let peer = try SocketPeer(bench)
    try peer.write(Self.ping + "\n", bench)
    try bench.run { bench.sink.texts.count == 1 }
    let principal = try #require(bench.sink.arrivals.first?.principal)
    #expect(principal.attestation == .kernel)
    #expect(principal.uid == Process.effectiveUser)
    #expect(principal.gid == Process.effectiveGroup)
    #expect(principal.pid == Process.identifier)
  }

  @Test func oneListenerANode() throws {
    let (bench, _) = try bench()
    let second = try bench.makeReceiver()
    let error = #expect(throws: TransportFailure.self) { try second.open() }
    #expect(error?.kind == .busy)
    // The first is none the worse for it, and when it is gone the second may come.
    try bench.send(Self.ping)
    bench.receiver?.close(removingObjects: true)
    try second.open()
    try bench.send(Self.ping)
    #expect(bench.sink.texts.count == 2)
    second.close(removingObjects: true)
    #expect(try Directory.open(bench.run).names().sorted() == [".mcp.sock.lock", "replies"])
  }

  @Test func aNodeThatWasLeftOverIsReplaced() throws {
    let bench = try TransportBench(.socket)
    do { _ = try UnixSocket.listen(in: Directory.open(bench.run), name: "mcp.sock", mode: 0o777, owner: nil).raw }
    let left = try #require(try Directory.open(bench.run).status(of: "mcp.sock"))
    try bench.open()
    let made = try #require(try Directory.open(bench.run).status(of: "mcp.sock"))
    #expect(left.mode == 0o777 && made.mode == 0o660)
    try bench.send(Self.ping)
    try bench.expect([Self.ping])
  }

  @Test func onlyTheNodeThatItMadeIsRemoved() throws {
    let (bench, listener) = try bench()
    let directory = try Directory.open(bench.run)
    try directory.rename("mcp.sock", to: "kept")
    try directory.replaceFile("mcp.sock", with: [1], mode: 0o600)
    listener.close(removingObjects: true)
    #expect(try directory.contents(of: "mcp.sock", limit: 10) == [1])
  }

  @Test func tooManyConnections() throws {
    let bench = try TransportBench(.socket)
    bench.connectionLimit = 2
    try bench.open()
    let peers = try (0..<3).map { _ in try SocketPeer(bench) }
    try bench.run {
      try peers[2].read()
      return peers[2].hasEnded
    }
    #expect(peers[2].lines.count == 1)
    #expect(peers[2].lines.first?.contains(#""code":429"#) == true)
    peers[0].leave()
    try bench.run { (bench.receiver as? SocketListener)?.connectionCount == 1 }
    let next = try SocketPeer(bench)
    try next.write(Self.ping + "\n", bench)
    try bench.run {
      try next.read()
      return next.lines == [Self.echo]
    }
  }

  @Test func aSinkMayRefuseAndSayWhy() throws {
    let (bench, listener) = try bench()
    bench.sink.admit = { conversation in
      conversation.write { $0.append(contentsOf: "no\n".utf8) }
      return false
    }
    let peer = try SocketPeer(bench)
    try peer.write(Self.ping + "\n", bench)
    try bench.run {
      try peer.read()
      return peer.hasEnded
    }
    #expect(peer.lines == ["no"])
    #expect(listener.isIdle)
  }

  @Test func aSinkMaySpeakFirst() throws {
    let (bench, listener) = try bench()
    bench.sink.admit = { conversation in
      conversation.write { $0.append(contentsOf: "hello\n".utf8) }
      return true
    }
    let peer = try SocketPeer(bench)
    try bench.run {
      try peer.read()
      return peer.lines == ["hello"]
    }
    try peer.write(Self.ping + "\n", bench)
    try bench.run {
      try peer.read()
      return peer.lines == ["hello", Self.echo]
    }
    #expect(listener.connectionCount == 1)
    #expect(bench.sink.notices == [])
  }

  @Test func finishingSendsWhatWaits() throws {
    let (bench, listener) = try bench()
    let reply = String(repeating: "r", count: 1 << 20)
    bench.sink.received = { session, _ in
      session.conversation?.write { $0.append(contentsOf: "\(reply)\n".utf8) }
      session.conversation?.finish()
      return true
    }
    let peer = try SocketPeer(bench)
    try peer.write("{}\n{}\n{}\n", bench)
    try bench.run { bench.sink.arrivals.count == 1 }
    try bench.run {
      try peer.read()
      return peer.hasEnded
    }
    #expect(peer.received.count == reply.utf8.count + 1)
    #expect(bench.sink.arrivals.count == 1)
    #expect(listener.isIdle)
  }

  @Test func conversationsOutliveTheListener() throws {
    let (bench, listener) = try bench()
    let peer = try SocketPeer(bench)
    try peer.write(Self.ping + "\n", bench)
    try bench.run {
      try peer.read()
      return peer.lines.count == 1
    }
    listener.close(removingObjects: true)
    try peer.write(Self.ping + "\n", bench)
    try bench.run {
      try peer.read()
      return peer.lines.count == 2
    }
    #expect(!listener.isIdle)
    listener.finishConversations()
    try bench.run {
      try peer.read()
      return peer.hasEnded
    }
    #expect(listener.isIdle)
  }

  @Test func aSenderDoesNotWaitForAServerThatIsStuck() throws {
    let (bench, _) = try bench()
    // Nobody turns the reactor: connections queue up, nothing is read.
    let start = Clock.monotonic
    let text = #"{"method":""# + String(repeating: "x", count: 4 << 20) + #""}"#
    for message in [Self.ping, text] {
      let error = #expect(throws: TransportFailure.self) {
        _ = try bench.makeSender(patience: 50_000_000).request(Array(message.utf8))
      }
      #expect(error?.kind == .busy)
    }
    #expect(Clock.monotonic - start < 10_000_000_000)
  }

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason))) func anImpostorsNodeIsNotSpokenTo()
    throws
  {
    // Where others may add names, as in /tmp, somebody who was first is not the server.
    let bench = try TransportBench(.socket)
    try bench.root.directory().setMode(of: "run", 0o1777)
    try bench.root.directory().setMode(of: ".", 0o711)
    let script = """
      import os, socket, sys
      os.setgroups([]); os.setgid(65534); os.setuid(65534)
      s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777); s.listen()
      print("listening", flush=True)
      c, _ = s.accept(); print(c.recv(100), flush=True)
      """
    let child = try ChildProcess.start(
      ProgramStart(
        path: "/usr/bin/env", arguments: ["env", "python3", "-c", script, "\(bench.run)/mcp.sock"],
        environment: ["PATH=/usr/bin:/bin"]))
    defer { child.endAndReap() }
    #expect(try Wait.ready(child.output, before: Deadline().nanoseconds))
    var text = [UInt8](repeating: 0, count: 100)
    _ = try child.output.read(into: &text)
    let sender = SocketSender(directory: bench.run, name: "mcp.sock", patience: 1_000_000_000)
    let error = #expect(throws: TransportFailure.self) { try sender.send(Array("secret".utf8)) }
    #expect(error?.kind == .unsafePath && error?.text.contains("uid 65534") == true, "\(String(describing: error))")
    #expect(try Wait.ready(child.output, before: Deadline().nanoseconds))
    let count = try child.output.read(into: &text)
    #expect(String(decoding: text[..<count], as: UTF8.self) == "b''\n")
    while try ChildProcess.reap(child.pid) == nil {}
  }
}
