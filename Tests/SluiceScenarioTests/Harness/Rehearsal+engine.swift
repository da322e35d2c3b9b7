import SluiceChannel
import SluiceSystem
import Testing

/// Commands of the migration engine that are killed at a named point.
extension Rehearsal {
  /// Runs `sluice VERB --to PHASE --yes`; killed at the point's n-th passing, as by kill -9.
  /// - Returns: how it ended: 137 where it was killed.
  func engine(_ verb: String, _ phase: String, stop: String? = nil) throws -> Outcome {
    let binary = stop == nil ? Places.binary : Places.instrumented
    return try RunningProgram(
      words([verb, "--to", phase, "--yes"], of: binary),
      variables: variables + (stop.map { ["SLUICE_STOP=\($0)"] } ?? [])
    ).end(seconds: 90)
  }

  /// The channel is wholly at a phase: the record, the server, its transports, the relay; nothing is half done.
  func expectSettled(_ phase: Phase, _ what: String, _ location: SourceLocation = #_sourceLocation) throws {
    let status = try status()
    #expect(status.text("phase") == phase.name, "\(what): \(status)", sourceLocation: location)
    let open = status.objects("routes").filter { $0.flag("open") == true }.compactMap { $0.text("route") }
    #expect(open == phase.openTransports.map(\.rawValue), "\(what)", sourceLocation: location)
    #expect(status.flag("relayHolding") == (phase == .fileDrop), "\(what)", sourceLocation: location)
    let names = try Files.names(runtime).filter { name in
      ["mcp.lock", "mcp_in.json", "mcp.fifo", "mcp.sock"].contains(name)
    }
    var wanted: Set<String> = []
    if phase >= .runFile { wanted.formUnion(["mcp.lock", "mcp_in.json"]) }
    if phase >= .fifo { wanted.insert("mcp.fifo") }
    if phase >= .socket { wanted.insert("mcp.sock") }
    // The run file is away for the moment between a claim and its being made anew.
    #expect(
      Set(names).union(["mcp_in.json"]) == wanted.union(["mcp_in.json"]), "\(what)", sourceLocation: location)
    let drafts = try Files.names(runtime).filter { $0.hasPrefix(".mcp") && !$0.hasSuffix(".lock") }
    #expect(drafts.isEmpty, "\(what): \(drafts)", sourceLocation: location)
    let runs = try JSONText.object(try sluice("--json", "history", "--limit", "3").output).objects("runs")
    #expect(
      !runs.contains { $0.text("result") == "interrupted" }, "\(what): \(runs.map { $0.text("result") ?? "" })",
      sourceLocation: location)
  }
}
