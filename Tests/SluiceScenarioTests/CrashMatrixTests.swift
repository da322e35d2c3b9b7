import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// kill -9 at each named point of relay and server, over and over, under clients of four kinds: nothing lost, twice,
/// torn or out of order. `scripts/crashes` runs it in full; without its variables it is a sample.
@Suite(.serialized, .printsLogs, .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
struct CrashMatrixTests {
  private static func setting(_ name: String, _ standard: Int) -> Int {
    Process.environment(name).flatMap { Int($0) } ?? standard
  }
  static let relayKills = setting("SLUICE_RELAY_KILLS", 44)
  static let serverKills = setting("SLUICE_SERVER_KILLS", 22)
  static let messages = setting("SLUICE_CRASH_MESSAGES", 250)

  static let relayPoints: [StopPoint] = [
    .dropClaimed, .claimInspected, .fileDrafted, .spooled, .claimUnlinked, .sent, .settled, .despooled,
    .relayQuarantined, .greeted, .relayRecovered,
  ]
  static let serverPoints: [StopPoint] = [
    .received, .intended, .handlerStarted, .answered, .recorded, .committing, .committed, .serverQuarantined,
    .forgotten, .serverRecovered,
  ]

  /// One process at a time, killed at a point after a number of passes or, where that is not reached, at some moment.
  final class Victim {
    private let channel: Rehearsal
    private let words: [String]
    private let points: [StopPoint]
    private(set) var atPoints: [String: Int] = [:]
    private(set) var atRandom = 0

    init(_ channel: Rehearsal, _ words: [String], _ points: [StopPoint]) {
      self.channel = channel
      self.words = words
      self.points = points
    }

    func kill(_ number: Int, after most: Int, seconds: Double, meanwhile: () throws -> Void) throws {
      let point = points[number % points.count]
      let count = [.greeted, .relayRecovered, .serverRecovered].contains(point) ? 1 : Int.random(in: 1...most)
      var more = ["SLUICE_STOP=\(point.rawValue):\(count)"]
      // In turn with what is sent straight from its claim.
      if words == ["relay"], number / points.count % 2 == 1 {
        more.append("SLUICE_FAULT=\(PlantedFault.spoolsAtOnce.rawValue)")
      }
      let service = try channel.launch(words[0], words, more: more)
      let deadline = Clock.monotonic + Int64(seconds * 1e9)
      while service.isRunning, Clock.monotonic < deadline { try meanwhile() }
      if service.isRunning {
        atRandom += 1
      } else {
        atPoints[point.rawValue, default: 0] += 1
      }
      service.kill()
    }

    var text: String {
      atPoints.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        + ", at other moments \(atRandom)"
    }
  }

  private func rehearse(
    relayKills: Int, serverKills: Int, messages: Int, server faultyServer: [String] = [],
    relay faultyRelay: [String] = [], place: String = "/tmp", legacy: String = "",
    points: [StopPoint] = Self.relayPoints,
    _ judge: (Rehearsal, CrashAccount) throws -> Void
  ) throws {
    try Rehearsal.run { channel in
      let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#
      if place != "/tmp" { try Directory.open(channel.root).makeDirectory(String(place.dropFirst()), mode: 0o777) }
      try channel.configure(try channel.scriptHandler(handler), legacy: legacy)
      channel.place = place
      var server = try channel.launch("serve", ["serve"], more: faultyServer)
      try server.waitUntilReady()
      var relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      relay.kill()
      if !faultyRelay.isEmpty { relay = try channel.launch("relay", ["relay"], more: faultyRelay) }
      let writer = try RunningProgram(
        ["/bin/bash", "-c", FourKinds.script, "writer", "\(messages)"], variables: channel.clientVariables)
      let relays = Victim(channel, ["relay"], points)
      let servers = Victim(channel, ["serve"], Self.serverPoints)
      let started = Clock.monotonic
      if faultyRelay.isEmpty {
        for number in 0..<relayKills { try relays.kill(number, after: 6, seconds: 0.4) { try writer.pump() } }
        relay = try channel.relay()
      }
      if serverKills > 0 {
        server.kill()
        for number in 0..<serverKills { try servers.kill(number, after: 8, seconds: 0.6) { try writer.pump() } }
        server = try channel.launch("serve", ["serve"], more: faultyServer)
        try server.waitUntilReady()
      }
      let written = try writer.end(seconds: 1800)
      let count = written.lines.last.flatMap { Int($0) } ?? 0
      try #require(written.status == 0 && count == messages, "\(written)")
      try channel.waitForRelay()
      try channel.waitUntilDrained()
      // Kills at moments alone would say little of the steps between which a message could go missing.
      #expect(relayKills == 0 || !relays.atPoints.isEmpty, "no relay stopped at a point: \(relays.text)")
      #expect(serverKills == 0 || !servers.atPoints.isEmpty, "no server stopped at a point: \(servers.text)")
      let account = try CrashAccount(channel, written: count)
      let seconds = Double(Clock.monotonic - started) / 1e9
      print("crash matrix: \(count) messages in \(Int(seconds)) s; relay: \(relays.text); server: \(servers.text)")
      print("crash matrix: \(account)")
      try judge(channel, account)
    }
  }

  /// What a line of the run file or of the FIFO passes in the server.
  static func linePoints(_ route: String) -> [StopPoint] {
    [
      route == "fifo" ? .spliced : .lineClaimed, .received, .intended, .handlerStarted, .answered, .recorded,
      .committing, .committed, .lineRetired, .serverQuarantined, .serverRecovered,
    ]
  }

  /// One writer of numbered lines, with junk in between, that waits for nothing: what it was told yes to has its end.
  private static func lineWriter(_ route: String) -> String {
    let write =
      route == "fifo"
      ? #"put() { echo "$1" >"$DIR/mcp.fifo"; }"#
      : #"put() { ( flock -x 200; echo "$1" >>"$DIR/mcp_in.json" ) 200>"$DIR/mcp.lock"; }"#
    return """
      exec {quiet}<> <(:)
      \(write)
      n=0
      while ((n < $1)); do
        put '{"method":"note","params":{"label":"turn-'$((n + 1))'"}}' || exit 3
        n=$((n + 1))
        ((n % \(FourKinds.junkEvery))) || put "junk-$n" || exit 3
        read -rt 0.004 -u "$quiet" || true
      done
      echo "$n"
      """
  }

  @Test(
    "The server is killed at each point that lines of the run file and the FIFO pass", arguments: ["run-file", "fifo"])
  func linesSurviveEachPoint(route: String) throws {
    try Rehearsal.run { channel in
      let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#
      try channel.configure(try channel.scriptHandler(handler))
      var server = try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      let writer = try RunningProgram(
        ["/bin/bash", "-c", Self.lineWriter(route), "writer", "\(Self.messages * 2)"],
        variables: channel.clientVariables)
      let servers = Victim(channel, ["serve"], Self.linePoints(route))
      server.kill()
      for number in 0..<Self.serverKills * 2 {
        try servers.kill(number, after: 6, seconds: 0.5) { try writer.pump() }
      }
      server = try channel.serve()
      let written = try writer.end(seconds: 600)
      let count = written.lines.last.flatMap { Int($0) } ?? 0
      try #require(written.status == 0 && count == Self.messages * 2, "\(written)")
      try channel.waitForRelay()
      var account = try CrashAccount(channel, written: count)
      try eventually("every line has its end: \(account)", seconds: 60) {
        account = try CrashAccount(channel, written: count)
        return account.lost.isEmpty && account.junk == count / FourKinds.junkEvery
      }
      try channel.waitUntilDrained()
      print("crash matrix, \(route): \(count) lines; server: \(servers.text)")
      print("crash matrix, \(route): \(account)")
      #expect(account.isClean, "\(account)")
      #expect(!servers.atPoints.isEmpty, "no server stopped at a point: \(servers.text)")
      try channel.expectOneEndEach()
      try channel.expectProven()
    }
  }

  @Test("Crash 43: the relay is killed at each point") func theRelayIsKilledAtEachPoint() throws {
    try rehearse(relayKills: Self.relayKills, serverKills: 0, messages: Self.messages) { channel, account in
      #expect(account.isClean && account.interrupted == 0, "\(account)")
      #expect(account.junk == Self.messages / FourKinds.junkEvery)
      try channel.expectOneEndEach()
      try channel.expectProven()
    }
  }

  /// Drops that stay readable: between any two steps the file at the path and what is known of it must agree.
  @Test func theRelayIsKilledAtEachPointOfALingeringDrop() throws {
    let legacy = #"consume: "linger", linger: "5ms""#
    try rehearse(
      relayKills: Self.relayKills, serverKills: 0, messages: Self.messages, legacy: legacy,
      points: Self.relayPoints + [.claimFixed, .lingers, .lingerEnded]
    ) { channel, account in
      #expect(account.isClean && account.interrupted == 0, "\(account)")
      #expect(account.junk == Self.messages / FourKinds.junkEvery)
      try channel.expectOneEndEach()
      try channel.expectProven()
    }
  }

  /// Where each is copied while its writers wait, and what stands in both places is one message.
  @Test(.enabled(if: Privilege.isRoot, "needs CAP_SYS_ADMIN"))
  func theRelayIsKilledAtEachPointOfAGatedDrop() throws {
    let legacy = #"ingress: "gate", input: "/tmp/own/mcp_in.json", bad: "/tmp/own/mcp_bad.json""#
    try rehearse(
      relayKills: Self.relayKills, serverKills: 0, messages: Self.messages, place: "/tmp/own", legacy: legacy,
      points: Self.relayPoints + [.gateCopied, .gateEmptied]
    ) { channel, account in
      #expect(account.isClean && account.interrupted == 0, "\(account)")
      #expect(account.junk == Self.messages / FourKinds.junkEvery)
      try channel.expectOneEndEach()
      try channel.expectProven()
    }
  }

  @Test("Crash 44: the server is killed at each point") func theServerIsKilledAtEachPoint() throws {
    try rehearse(relayKills: 0, serverKills: Self.serverKills, messages: Self.messages) { channel, account in
      #expect(account.isClean, "\(account)")
      try channel.expectOneEndEach()
      try channel.expectProven()
    }
  }

  /// The harness would notice: a server that acts on an id again, and a relay that reads what is still being written.
  @Test func plantedFaultsAreFound() throws {
    let twice = ["SLUICE_FAULT=\(PlantedFault.ignoresKnownIds.rawValue)"]
    try rehearse(relayKills: 22, serverKills: 0, messages: 250, server: twice) { _, account in
      #expect(!account.twice.isEmpty, "a server that ignores known ids was not found out: \(account)")
    }
    let torn = ["SLUICE_FAULT=\(PlantedFault.readsWithoutLease.rawValue)"]
    try rehearse(relayKills: 0, serverKills: 0, messages: 250, relay: torn) { _, account in
      #expect(!account.lost.isEmpty && !account.torn.isEmpty, "a relay without leases was not found out: \(account)")
    }
  }
}
