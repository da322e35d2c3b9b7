import SluiceChannel
import SluiceMigration
import SluiceServer
import Testing

@Suite struct PlannerTests {
  private let layout: ChannelLayout
  private let manifest: Manifest

  init() throws {
    layout = ChannelLayout(channel: ChannelFile(name: try ChannelName(parsing: "c")), root: "/r")
    manifest = try Manifest.parse(bytes: Array(ManifestTests.sample.utf8), fileName: "m")
  }

  private func observation(
    phase: Phase = .runFile, _ objects: [String: Observation.Found] = [:], made: Set<String> = [],
    transports: [TransportKind]? = nil, group: UInt32? = nil
  ) -> Observation {
    var server: ServerStatus?
    if let transports {
      var status = ServerStatus()
      status.transports = transports
      status.phase = phase.rawValue
      server = status
    }
    return Observation(
      phase: phase, generation: 1, server: server, objects: objects, made: made, user: 1000, group: group,
      socketMode: 0o600)
  }

  @Test func upProvesBeforeItCutsOver() {
    let verbs = Planner.steps(up: manifest).map(\.verb)
    #expect(verbs == ["preflight", "make", "open", "prove", "marker", "cut over", "settle"])
  }

  @Test func downProvesTheEarlierRouteThenDrainsThenRemoves() {
    let verbs = Planner.steps(down: manifest).map(\.verb)
    #expect(verbs == ["prove", "cut over", "close", "hand back", "remove", "settle"])
  }

  static let cases: [(Observation.Found, ProbeResult)] = [
    (.absent, .absent),
    (.present(kind: "FIFO", mode: 0o600, uid: 1000, gid: 5), .present),
    (.present(kind: "FIFO", mode: 0o644, uid: 1000, gid: 5), .partial("mode is 0644, declared is 0600")),
    (
      .present(kind: "regular file", mode: 0o600, uid: 1000, gid: 5),
      .foreign("/r/run/c/mcp.fifo is a regular file, not a FIFO")
    ),
    (
      .present(kind: "FIFO", mode: 0o600, uid: 7, gid: 5),
      .foreign("/r/run/c/mcp.fifo belongs to uid 7, not to 1000")
    ),
    (.unreadable("no"), .foreign("/r/run/c/mcp.fifo cannot be looked at: no")),
  ]

  @Test(arguments: cases)
  func objectsAreProbedByKindOwnerAndMode(found: Observation.Found, expected: ProbeResult) {
    let step = MigrationStep.object(manifest.objects[0])
    #expect(step.probe(observation(["/r/run/c/mcp.fifo": found]), layout) == expected)
  }

  @Test func aGroupChannelWantsTheGroupsModeAndId() {
    let step = MigrationStep.object(manifest.objects[0])
    let path = "/r/run/c/mcp.fifo"
    func probe(_ mode: UInt32, _ gid: UInt32) -> ProbeResult {
      step.probe(observation([path: .present(kind: "FIFO", mode: mode, uid: 1000, gid: gid)], group: 50), layout)
    }
    #expect(probe(0o660, 50) == .present)
    #expect(probe(0o600, 50) == .partial("mode is 0600, declared is 0660"))
    #expect(probe(0o660, 5) == .partial("group is 5, declared is 50"))
  }

  @Test func whatOthersMadeIsNotRemoved() {
    let step = MigrationStep.removeObject(manifest.objects[0])
    let path = "/r/run/c/mcp.fifo"
    let there: [String: Observation.Found] = [path: .present(kind: "FIFO", mode: 0o600, uid: 1000, gid: 5)]
    #expect(step.probe(observation(there), layout) == .present)
    #expect(step.probe(observation(there, made: [path]), layout) == .absent)
    // Gone, but still on the list of what is ours: it must come off it.
    #expect(step.probe(observation([path: .absent], made: [path]), layout) == .absent)
    #expect(step.probe(observation([path: .absent]), layout) == .present)
  }

  @Test func aManifestIsReadBackFromItsMeaning() throws {
    let again = try #require(Manifest(meaning: manifest.meaning))
    #expect(again.meaning == manifest.meaning)
    #expect(again.objects == manifest.objects && again.gates == manifest.gates && again.from == manifest.from)
    let strange = manifest.meaning + "\nobjects.x.kind = door"
    for text in ["", "id = x", strange] { #expect(Manifest(meaning: text) == nil) }
  }

  @Test func transportsAndPhaseAreProbedAtTheServer() {
    #expect(MigrationStep.openTransport(.fifo).probe(observation(transports: [.runFile]), layout) == .absent)
    #expect(MigrationStep.openTransport(.fifo).probe(observation(transports: [.fifo]), layout) == .present)
    #expect(MigrationStep.openTransport(.fifo).probe(observation(), layout) == .absent)
    #expect(MigrationStep.closeTransport(.fifo).probe(observation(transports: [.runFile]), layout) == .present)
    let cut = MigrationStep.cutOver(to: .fifo, from: .runFile)
    #expect(cut.probe(observation(phase: .fifo, transports: [.runFile, .fifo]), layout) == .present)
    // A server that was started again meanwhile.
    for transports: [TransportKind] in [[], [.runFile], [.fifo]] {
      #expect(cut.probe(observation(phase: .fifo, transports: transports), layout) != .present)
    }
    var retired = observation(phase: .retired, transports: [.socket])
    retired.givenUp = [.runFile, .fifo]
    #expect(retired.missingTransports(of: .retired) == [])
    #expect(cut.probe(observation(phase: .runFile, transports: []), layout) == .absent)
    // Recorded, but the server was not told: not done.
    #expect(cut.probe(observation(phase: .fifo), layout) == .absent)
  }
}
