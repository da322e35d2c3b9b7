import SluiceChannel
import SluiceSystem
import Testing

/// Every command that takes --json, run for real, against what `sluice help json` says of it.
@Suite(.serialized, .printsLogs)
struct JSONMembersTests {
  /// The table of `help json`: the keys of each command.
  static func documented(_ channel: Rehearsal) throws -> [String: [String]] {
    var shapes: [String: [String]] = [:]
    var command = ""
    var isTable = false
    for line in try channel.sluice("help", "json").output.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("MEMBERS OF") { isTable = true }
      guard isTable, line.hasPrefix("  ") else { continue }
      var keys = line.drop { $0 == " " }
      if !line.hasPrefix("   "), let gap = keys.firstRange(of: "  ") {
        command = String(keys[..<gap.lowerBound])
        keys = keys[gap.upperBound...].drop { $0 == " " }
      }
      shapes[command, default: []] += keys.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }
    return shapes
  }

  static func expect(_ outcome: Outcome, _ keys: [String], _ name: String) throws {
    let strict = try RunningProgram(
      ["python3", "-c", "import json, sys; assert json.load(sys.stdin)['format'] == 1"],
      input: Array(outcome.output.utf8)
    ).end()
    #expect(strict.status == 0 && outcome.lines.count == 1, "\(outcome): \(strict)")
    let found = Set(try JSONText.object(outcome.output).members.map(\.key))
    let needed = Set(keys.filter { !$0.hasSuffix("?") })
    let allowed = needed.union(keys.filter { $0.hasSuffix("?") }.map { String($0.dropLast()) })
    #expect(needed.isSubset(of: found), "\(name) lacks \(needed.subtracting(found).sorted())")
    #expect(
      found.isSubset(of: allowed), "\(name) has \(found.subtracting(allowed).sorted()), of which help says nothing")
  }

  @Test func everyCommandWritesWhatHelpSays() throws {
    try Rehearsal.run { channel in
      let shapes = try Self.documented(channel)
      #expect(shapes.count >= 19, "\(shapes)")
      var left = Set(shapes.keys)
      func check(_ name: String, _ words: [String], status: Set<Int32> = [0]) throws {
        let keys = try #require(shapes[name], "\(name) is not in help json")
        let outcome = try RunningProgram(channel.words(["--json"] + words), variables: channel.variables).end(
          seconds: 60)
        #expect(status.contains(outcome.status), "\(outcome)")
        try Self.expect(outcome, keys, name)
        left.remove(name)
      }
      try check("init", ["init", "--channel", "other", "--config", "\(channel.root)/other.json5"])
      try check("lint", ["lint"])
      try check("scan", ["scan", "--fail-on", "high"], status: [0, 1])
      try check("preflight", ["preflight", "--seconds", "1"], status: [0, 3])
      try check("status", ["status"])
      try check("verify", ["verify"], status: [3])
      try check("serve --check", ["serve", "--check"])
      try check("relay --check", ["relay", "--check"], status: [0, 3])
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try check("plan", ["plan", "--to", "socket"])
      try check("apply", ["apply", "--to", "run-file", "--yes", "--trial", "10m"])
      try check("status", ["status"])
      try check("confirm", ["confirm"])
      try check("apply", ["apply", "--to", "fifo", "--yes"])
      try check("apply", ["apply", "--to", "fifo", "--yes"])
      try check("plan", ["plan", "--to", "fifo"])
      try check("plan", ["plan", "--exit-code"], status: [2])
      _ = try channel.shell(#"echo 'no json' > "$DROP""#)
      try eventually("it is kept aside") { try channel.count("file-drop", "quarantined") == 1 }
      try check("status", ["status", "--exit-code"], status: [2])
      try check("verify", ["verify"])
      try check("quarantine list", ["quarantine", "list"])
      try check("quarantine retry", ["quarantine", "retry", "--all", "--yes"], status: [0, 1])
      try check("quarantine drop", ["quarantine", "drop", "--all", "--yes"])
      try check("quarantine drop", ["quarantine", "drop", "--all", "--yes"])
      try check("audit verify", ["audit", "verify"])
      try check("policy test", ["policy", "test", "--user", "0"], status: [0, 1])
      try check("policy check", ["policy", "check"])
      try check("history", ["history", "--steps"])
      try check("clients", ["clients"])
      try check("attest", ["attest"])
      try check("rollback", ["rollback", "--yes"])
      try check("rehearse", ["rehearse", "--seconds", "0", "--to", "run-file"])
      // RetireTests run these.
      left.subtract(["retire", "retire --show"])
      #expect(left.isEmpty, "help json lists them, and nothing here runs them: \(left.sorted())")
    }
  }
}
