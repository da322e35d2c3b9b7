internal import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

extension Engine {
  /// Nanoseconds that a probe may take here. A manifest's gate asks whether a route is fast enough to move to it; this
  /// asks whether it works, and a busy host is no violation.
  private static let probePatience: Int64 = 10_000_000_000

  /// Compares declared with actual, the ledger with the audit log, and probes every open route.
  package func verify() throws(MigrationFailure) -> Verification {
    var result = Verification()
    let phase = try currentPhase()
    try verifyObjects(phase, &result)
    verifyPath(&result)
    try verifySeal(phase, &result)
    try verifyRecords(&result)
    let server = observer.server()
    verifyServer(server, phase, &result)
    if server != nil { verifyRoutes(phase, &result) }
    return result
  }

  private func verifyObjects(_ phase: Phase, _ result: inout Verification) throws(MigrationFailure) {
    for manifest in manifests.manifests where manifest.to <= phase {
      var seen = try observer.observe(manifest.objects)
      // A run-file is away for the moment between a claim and its being made anew.
      for _ in 0..<50 where manifest.objects.contains(where: { isAwayForTheMoment($0, seen) }) {
        Wait.pause(nanoseconds: 2_000_000)
        seen = try observer.observe(manifest.objects)
      }
      for object in manifest.objects {
        let path = object.place.path(layout)
        if seen.phase == .retired, object.place.serves(only: seen.givenUp.map(\.rawValue)) { continue }
        switch MigrationStep.object(object).probe(seen, layout) {
        case .present: result.add(path, "as declared in \(manifest.id)", .proven)
        case .absent: result.add(path, "absent, declared in \(manifest.id)", .drift)
        case .partial(let what), .foreign(let what): result.add(path, what, .drift)
        }
      }
    }
  }

  private func isAwayForTheMoment(_ object: Manifest.Object, _ seen: Observation) -> Bool {
    object.kind == .runFile && seen.objects[object.place.path(layout)] == .absent && seen.server != nil
  }

  private func verifyPath(_ result: inout Verification) {
    do throws(UnsafePath) {
      _ = try identity.directory(layout.runtimeDirectory)
      result.add(layout.runtimeDirectory, "no other user can change the way to it", .proven)
    } catch {
      if error.reason == .missing {
        result.add(layout.runtimeDirectory, "absent: nothing is served", .unproven)
      } else {
        result.add(layout.runtimeDirectory, error.description, .drift)
      }
    }
  }

  private func verifyRecords(_ result: inout Verification) throws(MigrationFailure) {
    do throws(Errno) {
      let files = try AuditFiles(in: Directory.open(layout.logDirectory), name: "audit.jsonl")
      let chain = try files.verify()
      if let fault = chain.fault {
        result.add("audit log", fault, .violated)
      } else {
        result.add("audit log", "\(chain.records) records under \(chain.seals) seals, unbroken", .proven)
      }
      let ledger: [LedgerEntry]
      let position: Int64
      do throws(StoreFailure) {
        guard let state = try observer.state() else { return }
        (ledger, position) = try state.ledgerWithPosition()
      } catch { throw Errno.io }
      // A running server holds the last records back for a moment, until it is asked or the moment is over.
      for _ in 0..<100 where try files.end() < position {
        _ = observer.server()
        Wait.pause(nanoseconds: 10_000_000)
      }
      let folded = try LedgerFold.fold(files, upTo: position)
      let counted = ledger.filter { !$0.isEmpty }
      if let difference = LedgerFold.difference(counted, folded.filter { !$0.isEmpty }) {
        result.add("ledger", difference, .violated)
      } else {
        let total = counted.reduce(0) { $0 + $1.accepted }
        result.add("ledger", "\(total) accepted, each with its end in the audit log", .proven)
      }
      for entry in counted where entry.pending != 0 {
        result.add("ledger", "\(entry.route) in generation \(entry.generation) does not balance", .violated)
      }
    } catch {
      guard error != .permissionDenied else {
        throw MigrationFailure(.notPermitted, "not permitted to read \(layout.auditLog); run it as the channel's user")
      }
      result.add("audit log", "cannot be read: \(error)", .unproven)
    }
  }

  private func verifySeal(_ phase: Phase, _ result: inout Verification) throws(MigrationFailure) {
    guard phase == .retired else { return }
    if let missing = try missingSeal() {
      result.add(layout.legacyInput, missing, .drift)
    } else {
      result.add(layout.legacyInput, "sealed", .proven)
    }
    let isThere = try certificate() != nil
    result.add(
      layout.retirementCertificate, isThere ? "there" : "absent: what was known at the retirement is lost",
      isThere ? .proven : .drift)
  }

  private func verifyServer(_ server: ServerStatus?, _ phase: Phase, _ result: inout Verification) {
    guard let server else {
      result.add("server", "not running: routes cannot be probed", .unproven)
      return
    }
    if server.phase != phase.rawValue {
      result.add("server", "serves phase \(server.phase), recorded is \(phase.rawValue)", .drift)
    }
    let givenUp = (try? observer.observe([]).givenUp) ?? []
    for kind in phase.openTransports where !server.transports.contains(kind) && !givenUp.contains(kind) {
      result.add("server", "\(kind.rawValue) is not open", .drift)
    }
    if let trouble = server.trouble { result.add("server", trouble, .violated) }
    if phase == .retired {
      result.add("relay", server.isRelayConnected ? "connected, takes nothing" : "not needed any more", .proven)
      if server.isRelayConnected, !server.isRelayHolding { result.add("relay", "takes drops in phase retired", .drift) }
    } else if phase != .fileDrop {
      if !server.isRelayConnected {
        result.add("relay", "not connected: legacy drops wait", .unproven)
      } else if server.isRelayHolding {
        result.add("relay", "leaves drops in place in phase \(phase.name)", .drift)
      } else {
        result.add("relay", "takes drops, \(server.relayPending) on their way", .proven)
      }
    }
  }

  private func verifyRoutes(_ phase: Phase, _ result: inout Verification) {
    let givenUp = (try? observer.observe([]).givenUp) ?? []
    var routes = phase.openTransports.filter { !givenUp.contains($0) }
    if let server = observer.server(), server.isRelayConnected, !server.isRelayHolding {
      routes.insert(.fileDrop, at: 0)
    }
    for route in routes {
      do throws(MigrationFailure) {
        let note = try prove([route], 3, Self.probePatience)
        result.add("route \(route.rawValue)", "3 probes: \(note)", .proven)
      } catch { result.add("route \(route.rawValue)", error.description, .violated) }
    }
  }
}
