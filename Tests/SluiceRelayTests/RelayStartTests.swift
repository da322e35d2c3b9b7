import SluiceChannel
import SluiceReactor
import SluiceStore
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import Testing

@testable import SluiceRelay

@Suite struct RelayStartTests {
  private func keep(_ lock: borrowing ServiceLock) {}

  @Test func aSecondRelayTouchesNothing() throws {
    let root = try TemporaryDirectory()
    let channel = ChannelFile(name: try ChannelName(parsing: "a"))
    let layout = ChannelLayout(channel: channel, root: root.path)
    let state = try SafePath.openDirectory(layout.stateDirectory, creating: 0o700, trusting: Process.effectiveUser)
    var holder = ""
    guard let lock = try ServiceLock.take(ServiceLock.open(in: state, name: "relay.lock"), holder: &holder) else {
      Issue.record("somebody has the lock of a fresh directory")
      return
    }
    do throws(ServiceFailure) {
      _ = try Relay(channel: channel, layout: layout, log: { _ in })
      Issue.record("a second relay started")
    } catch {
      #expect(error.kind == .busy)
      #expect(error.description.hasPrefix("another relay (process \(Process.identifier))"))
    }
    #expect(try state.names() == ["relay.lock"])
    keep(lock)
  }

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason)))
  func theRecordIsTheChannelOwners() throws {
    let root = try TemporaryDirectory()
    let log = try RelayLog(
      in: root.directory(), name: "relay.jsonl", owner: Owner(uid: 4242, gid: 4343), reactor: Reactor(),
      noticed: { Issue.record("\($0)") })
    log.write("settled", id: "c1")
    log.close()
    #expect(try root.names() == ["relay.jsonl", "relay.jsonl.pending"])
    for name in try root.names() {
      let status = try #require(try root.directory().status(of: name))
      #expect(status.uid == 4242 && status.gid == 4343 && status.mode & 0o777 == 0o600)
    }
  }

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason)))
  func aLinkIsNotGivenAway() throws {
    let root = try TemporaryDirectory()
    try root.write("secret", "x")
    try root.directory().link("secret", to: "relay.lock")
    try root.link("secret", to: "symbolic")
    for name in ["relay.lock", "symbolic"] {
      #expect(throws: Errno.self) { try root.directory().give(name, to: Owner(uid: 4242, gid: 4343)) }
    }
    #expect(try root.directory().status(of: "secret")?.uid == Process.effectiveUser)
  }
}
