internal import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceRelay

extension Engine {
  /// How far `verify` goes.
  package struct Scope: Sendable {
    /// Probes through each open route.
    package var canaries = 10
    /// Times without a witness count from here on, nanoseconds since 1970; nil: since the phase began.
    package var since: Int64?
    package init() {}
  }

  /// Compares declared with actual, the ledger with the logs, the relay's sight with the ledger, and probes every open
  /// route.
  package func verify(_ scope: Scope = Scope()) throws(MigrationFailure) -> Verification {
    var result = Verification()
    let phase = try currentPhase()
    for object in try drift() {
      result.add(.objects, object.path, "\(object.text) (\(object.manifest))", .drift)
    }
    try proveObjects(phase, &result)
    verifyPaths(&result)
    try verifySeal(phase, &result)
    try verifyRecords(phase, scope, &result)
    let server = observer.server()
    verifyServer(server, phase, &result)
    if let server { verifyRoutes(server, phase, scope, &result) }
    return result
  }

  /// One way in which an object of the present phase is not as declared.
  package struct Drift: Equatable, Sendable {
    package let path: String
    package let text: String
    package let manifest: String
  }

  /// What the phases so far were applied under, whatever became of the files; of a phase that was reached without one, the
  /// file.
  func manifestsInForce() throws(MigrationFailure) -> [Manifest] {
    let meanings = try stored { () throws(StoreFailure) in try observer.state()?.appliedMeanings() ?? [] }
    var found: [Manifest] = []
    for manifest in meanings.compactMap(Manifest.init(meaning:)) + manifests.manifests
    where !found.contains(where: { $0.to == manifest.to }) { found.append(manifest) }
    return found.sorted { $0.to < $1.to }
  }

  /// Everything that has changed outside sluice, of what the phases so far declare.
  package func drift() throws(MigrationFailure) -> [Drift] {
    var drift: [Drift] = []
    let phase = try currentPhase()
    for manifest in try manifestsInForce() where manifest.to <= phase {
      let seen = try observeSettled(manifest)
      for object in manifest.objects where !isGivenUp(object, seen) {
        for text in object.drift(seen, layout) {
          drift.append(Drift(path: object.place.path(layout), text: text, manifest: manifest.id))
        }
      }
    }
    return drift
  }

  private func proveObjects(_ phase: Phase, _ result: inout Verification) throws(MigrationFailure) {
    let drifted = Set(result.lines.map(\.subject))
    let inForce = try manifestsInForce()
    for missing in Phase.allCases where missing > .fileDrop && missing <= phase {
      guard !inForce.contains(where: { $0.to == missing }) else { continue }
      result.add(
        .objects, missing.name,
        "neither the state nor \(manifests.directory) says what leads there:"
          + " its objects were not looked at", .unproven)
    }
    for manifest in try manifestsInForce() where manifest.to <= phase {
      let asDeclared = manifest.objects.map { $0.place.path(layout) }.filter { !drifted.contains($0) }
      guard !asDeclared.isEmpty else { continue }
      result.add(
        .objects, manifest.id, "\(asDeclared.count) of \(manifest.objects.count) as declared: kind, mode, owner",
        .proven)
    }
  }

  /// A run-file is away for the moment between a claim and its being made anew.
  func observeSettled(_ manifest: Manifest) throws(MigrationFailure) -> Observation {
    var seen = try observer.observe(manifest.objects)
    for _ in 0..<50 where manifest.objects.contains(where: { isAwayForTheMoment($0, seen) }) {
      Wait.pause(nanoseconds: 2_000_000)
      seen = try observer.observe(manifest.objects)
    }
    return seen
  }

  private func isAwayForTheMoment(_ object: Manifest.Object, _ seen: Observation) -> Bool {
    object.kind == .runFile && seen.objects[object.place.path(layout)] == .absent && seen.server != nil
  }

  private func verifyPaths(_ result: inout Verification) {
    for path in [layout.runtimeDirectory, layout.stateDirectory, layout.logDirectory] {
      do throws(UnsafePath) {
        _ = try identity.directory(path)
        result.add(.path, path, "no other user can change the way to it", .proven)
      } catch {
        if error.reason == .missing {
          result.add(.path, path, "absent: nothing was served yet", .unproven)
        } else {
          result.add(.path, path, error.description, .drift)
        }
      }
    }
  }

  private func verifyServer(_ server: ServerStatus?, _ phase: Phase, _ result: inout Verification) {
    guard let server else {
      result.add(
        .services, "server", absence(), .unproven)
      return
    }
    var isSound = true
    func report(_ text: String, _ verdict: Verification.Verdict) {
      isSound = false
      result.add(.services, "server", text, verdict)
    }
    if server.phase != phase.rawValue {
      report("serves phase \(server.phase), recorded is \(phase.rawValue)", .drift)
    }
    let givenUp = (try? observer.observe([]).givenUp) ?? []
    for kind in phase.openTransports where !server.transports.contains(kind) && !givenUp.contains(kind) {
      report("\(kind.rawValue) is not open", .drift)
    }
    if let trouble = server.trouble { report(trouble, .violated) }
    if phase != .fileDrop, let named = endpointTransport(), named != phase.primaryTransport {
      report("\(layout.endpoint) names \(named.rawValue), the phase is \(phase.name)", .drift)
    }
    if isSound { result.add(.services, "server", "process \(server.pid) serves phase \(phase.name)", .proven) }
    guard phase != .fileDrop else { return }
    if server.isRelayConnected, let trouble = relayAccount()?.trouble {
      result.add(.services, "relay", trouble, .violated)
    }
    if phase == .retired {
      let takes = server.isRelayConnected && !server.isRelayHolding
      result.add(
        .services, "relay", takes ? "takes drops in phase retired" : "has nothing to take any more",
        takes ? .drift : .proven)
    } else if !server.isRelayConnected {
      result.add(.services, "relay", "not connected: legacy drops wait; start it with: sluice relay", .unproven)
    } else if server.isRelayHolding {
      result.add(.services, "relay", "leaves drops in place in phase \(phase.name)", .drift)
    } else {
      result.add(.services, "relay", "takes drops, \(server.relayPending) on their way", .proven)
    }
  }

  /// Of a route that was retired with the legacy path.
  func isGivenUp(_ object: Manifest.Object, _ seen: Observation) -> Bool {
    seen.phase == .retired && object.place.serves(only: seen.givenUp.map(\.rawValue))
  }

  private func verifySeal(_ phase: Phase, _ result: inout Verification) throws(MigrationFailure) {
    guard phase == .retired else { return }
    let missing = try missingSeal()
    result.add(.objects, layout.legacyInput, missing ?? "sealed", missing == nil ? .proven : .drift)
    let isThere = try certificate() != nil
    result.add(
      .objects, layout.retirementCertificate, isThere ? "there" : "absent: what was known at the retirement is lost",
      isThere ? .proven : .drift)
  }

  private func endpointTransport() -> TransportKind? {
    let bytes = try? Directory.open(layout.runtimeDirectory).contents(of: layout.names.endpoint, limit: 1 << 16)
    return (bytes ?? nil).flatMap { EndpointFile.primaryTransport(in: String(decoding: $0, as: UTF8.self)) }
  }

  /// Whether something was found that keeps senders from the route.
  private func hasDrift(on route: TransportKind, _ result: Verification) -> Bool {
    let paths: [String] =
      switch route {
      case .fileDrop: [layout.legacyInput]
      case .runFile: [layout.runtimeDirectory, layout.lockFile, layout.runFile]
      case .fifo: [layout.runtimeDirectory, layout.fifo]
      case .socket: [layout.runtimeDirectory, layout.socket]
      }
    return result.lines.contains { $0.verdict == .drift && paths.contains($0.subject) }
  }

  private func verifyRoutes(_ server: ServerStatus, _ phase: Phase, _ scope: Scope, _ result: inout Verification) {
    let givenUp = (try? observer.observe([]).givenUp) ?? []
    var routes = phase.openTransports.filter { !givenUp.contains($0) }
    if server.isRelayConnected, !server.isRelayHolding { routes.insert(.fileDrop, at: 0) }
    for route in routes {
      let census = census(route, count: scope.canaries)
      result.censuses.append(census)
      // A probe that could not be sent since the way is not as declared says nothing against the account.
      let isExplained = census.wasNotSent && hasDrift(on: route, result)
      result.add(
        .canaries, route.rawValue, census.text, census.isSound ? .proven : isExplained ? .drift : .violated)
    }
    guard !routes.isEmpty else { return }
    do throws(MigrationFailure) {
      result.add(.canaries, "strangers", try refuseStranger(routes), .proven)
    } catch { result.add(.canaries, "strangers", error.description, .violated) }
  }
}
