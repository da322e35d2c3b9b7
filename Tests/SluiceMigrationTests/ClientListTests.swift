import SluiceChannel
import SluiceMigration
import SluiceStore
import Testing

/// Who has still to move, from what was seen and what was found.
@Suite struct ClientListTests {
  private static let day: Int64 = 86_400_000_000_000
  private static let now = 1000 * day

  private static func caller(_ route: TransportKind, _ uid: Int64?, _ program: String? = nil, ago: Int64) -> Caller {
    Caller(route: route.rawValue, uid: uid, program: program, first: 0, last: now - ago, count: 1)
  }
  private static func script(_ path: String) -> FoundCaller { FoundCaller(path: path, line: 1, runs: []) }

  private static func states(_ callers: [Caller], found: [FoundCaller] = []) -> [String] {
    ClientList(callers, found: found, primary: .socket, window: 14 * day, now: now).clients.map { client in
      "\(client.seen.map { "\($0.uid ?? -1) \($0.route)" } ?? client.scripts[0].path): \(client.state.rawValue)"
    }
  }

  @Test func states() {
    #expect(
      Self.states([
        Self.caller(.fileDrop, 1, ago: Self.day), Self.caller(.fileDrop, 2, ago: 20 * Self.day),
        Self.caller(.fileDrop, 3, ago: 20 * Self.day), Self.caller(.socket, 3, ago: Self.day),
        Self.caller(.socket, 1, ago: 0), Self.caller(.fifo, nil, ago: Self.day),
        Self.caller(.runFile, nil, ago: 20 * Self.day),
      ]) == [
        // Who uses both has not moved, however new its use of the socket is.
        "1 file-drop: to move", "-1 fifo: to move", "2 file-drop: quiet", "-1 run-file: quiet", "3 file-drop: moved",
        "1 socket: moved", "3 socket: moved",
      ])
  }

  /// Another program of the same user on the socket says nothing about this one.
  @Test func programsOfOneUserMoveOneByOne() {
    #expect(
      Self.states([
        Self.caller(.fileDrop, 1, "a", ago: 20 * Self.day), Self.caller(.socket, 1, "b", ago: 0),
      ]).first == "1 file-drop: quiet")
    #expect(
      Self.states([
        Self.caller(.fileDrop, 1, "a", ago: 20 * Self.day), Self.caller(.socket, 1, "a", ago: 0),
      ]).first == "1 file-drop: moved")
  }

  @Test func scriptsThatWereSeenAreNotListedTwice() {
    let found = ["/opt/nightly.sh", "/opt/a-very-long-script-name", "/opt/other"].map { Self.script($0) }
    let list = ClientList(
      [Self.caller(.fileDrop, 1, "nightly.sh", ago: 0), Self.caller(.fileDrop, 2, "a-very-long-scr", ago: 0)],
      found: found, primary: .socket, window: Self.day, now: Self.now)
    #expect(
      list.clients.map { $0.scripts.map(\.path) } == [
        ["/opt/nightly.sh"], ["/opt/a-very-long-script-name"], ["/opt/other"],
      ])
    #expect(list.clients.map(\.state) == [.toMove, .toMove, .unseen])
  }
}
