import SluiceWire
import Testing

@testable import SluiceTransports

/// A conversation through a bridge, step by step, and what either side got of it.
struct BridgeScript: Sendable, CustomTestStringConvertible {
  enum Step: Sendable {
    case host(String)
    case server(String)
    /// Connected.
    case up
    /// The connection is gone.
    case down
    /// All that is pending is written, or so many bytes of it.
    case write
    case writeBytes(Int)
    /// So many seconds pass.
    case after(Int64)
    /// The bridge ends.
    case end
  }

  let testDescription: String
  var greets = false
  let steps: [Step]
  /// Everything that the server's end read: `|` where a connection begins, and each newline a space.
  let server: String
  /// Lines that the host read.
  let host: [String]

  init(_ name: String, greets: Bool = false, _ steps: [Step], server: String, host: [String]) {
    testDescription = name
    self.greets = greets
    self.steps = steps
    self.server = server
    self.host = host
  }

  struct Played {
    var session: BridgeSession
    var server = ""
    var verdicts: [BridgeSession.Verdict] = []
    var now: Int64 = 0
    var host: [String] {
      String(decoding: session.output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }

  static func play(_ steps: [Step], greets: Bool = false, limits: BridgeSession.Limits = .init()) -> Played {
    var played = Played(session: BridgeSession(greets: greets, limits: limits))
    for step in steps { play(step, &played) }
    return played
  }

  private static func play(_ step: Step, _ played: inout Played) {
    let now = played.now
    switch step {
    case .host(let text):
      let bytes = Array(text.utf8)
      played.session.hostSaid(bytes.span.bytes, now: now)
    case .server(let text):
      let bytes = Array(text.utf8)
      note(played.session.serverSaid(bytes.span.bytes, now: now), &played)
    case .up:
      played.server += "|"
      played.session.connected(now: now)
    case .down: played.session.lost("it ended")
    case .write: while let (bytes, from) = played.session.pending { write(bytes.count - from, &played) }
    case .writeBytes(let count): write(count, &played)
    case .after(let seconds):
      played.now += seconds * 1_000_000_000
      note(played.session.expire(now: played.now), &played)
    case .end: played.session.end()
    }
  }

  private static func write(_ count: Int, _ played: inout Played) {
    guard let (bytes, from) = played.session.pending else { return }
    played.server += String(decoding: bytes[from..<min(bytes.count, from + count)], as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).joined(separator: " ")
    played.session.wroteToServer(min(count, bytes.count - from))
  }

  private static func note(_ verdict: BridgeSession.Verdict, _ played: inout Played) {
    played.verdicts.append(verdict)
    // As the bridge does.
    if case .lost(let reason) = verdict { played.session.lost(reason) }
  }
}
