import SluiceSystem
import SluiceTestSupport
import Testing

/// Stream sockets through held directories.
@Suite struct UnixSocketTests {
  @Test func aPathLongerThanTheAddressWorks() throws {
    let root = try TemporaryDirectory()
    var path = root.path
    for _ in 0..<3 {
      path += "/" + String(repeating: "d", count: 90)
      _ = try SafePath.openDirectory(path, creating: 0o700)
    }
    #expect(path.utf8.count > 250)
    let directory = try Directory.open(path)
    let listener = try UnixSocket.listen(in: directory, name: "mcp.sock", mode: 0o600, owner: nil)
    let client = try UnixSocket.connect(in: directory, name: "mcp.sock")
    let server = try #require(try accept(listener))
    try client.writeAll(Array("hello".utf8))
    try client.finishWriting()
    let received = try readToEnd(OwnedDescriptor(adopting: server), before: Deadline().nanoseconds)
    #expect(received == Array("hello".utf8))
  }

  private func accept(_ listener: borrowing OwnedDescriptor) throws -> Int32? {
    guard try Wait.ready(listener, before: Deadline().nanoseconds), let accepted = try listener.accept() else {
      return nil
    }
    return accepted.release()
  }

  @Test func aNameThatIsTooLongIsRefusedNotCut() throws {
    let root = try TemporaryDirectory()
    let name = String(repeating: "n", count: 120)
    #expect(throws: Errno.nameTooLong) {
      _ = try UnixSocket.listen(in: root.directory(), name: name, mode: 0o600, owner: nil)
    }
    #expect(throws: Errno.nameTooLong) { _ = try UnixSocket.connect(in: root.directory(), name: name) }
    #expect(try root.names().isEmpty)
  }

  @Test func thePeerIsWhoTheKernelSays() throws {
    let root = try TemporaryDirectory()
    let directory = try root.directory()
    let listener = try UnixSocket.listen(in: directory, name: "s", mode: 0o600, owner: nil)
    let client = try UnixSocket.connect(in: directory, name: "s", nonblocking: true)
    let server = OwnedDescriptor(adopting: try #require(try accept(listener)))
    let credentials = try server.peerCredentials()
    #expect(credentials.uid == Process.effectiveUser)
    #expect(credentials.gid == Process.effectiveGroup)
    #expect(credentials.pid == Process.identifier)
    #expect(credentials.groups == credentials.groups.sorted())
    _ = client.raw
  }

  @Test func nobodyListens() throws {
    let root = try TemporaryDirectory()
    let directory = try root.directory()
    #expect(throws: Errno.noSuchFile) { _ = try UnixSocket.connect(in: root.directory(), name: "s") }
    do { _ = try UnixSocket.listen(in: directory, name: "s", mode: 0o600, owner: nil).raw }
    #expect(throws: Errno.connectionRefused) { _ = try UnixSocket.connect(in: root.directory(), name: "s") }
    #expect(throws: Errno.addressInUse) {
      _ = try UnixSocket.listen(in: root.directory(), name: "s", mode: 0o600, owner: nil)
    }
  }

  @Test(arguments: [0, 0o022, 0o777] as [UInt32]) func theModeIsTheOneAskedForWhateverTheUmask(_ mask: UInt32) async {
    await #expect(processExitsWith: .success) { [mask] in
      Process.setFileCreationMask(mask)
      for mode in [0o600, 0o660, 0o666] as [UInt32] {
        let root = try TemporaryDirectory()
        let directory = try root.directory()
        let listener = try UnixSocket.listen(in: directory, name: "s", mode: mode, owner: nil)
        #expect(try directory.status(of: "s")?.mode == mode)
        _ = listener.raw
      }
    }
  }

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason))) func theOwnerIsTheOneAskedFor() throws {
    let root = try TemporaryDirectory(mode: 0o755)
    let directory = try root.directory()
    let listener = try UnixSocket.listen(
      in: directory, name: "s", mode: 0o660, owner: Owner(uid: 4242, gid: 4343))
    let status = try #require(try directory.status(of: "s"))
    #expect(status.uid == 4242 && status.gid == 4343 && status.mode == 0o660)
    let path = "\(root.path)/s"
    #expect(Probe.attempt(.connect, path: path, as: 4242, gid: 1) == .couldDoIt)
    #expect(Probe.attempt(.connect, path: path, as: 1, gid: 4343) == .couldDoIt)
    #expect(Probe.attempt(.connect, path: path, as: 1, gid: 1) == .refused(.permissionDenied))
    _ = listener.raw
  }
}
