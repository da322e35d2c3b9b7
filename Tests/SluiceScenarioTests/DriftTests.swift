import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// What was changed behind sluice's back is found and named: every managed field of every object.
@Suite(.serialized, .printsLogs)
struct DriftTests {
  static let objects = ["", "/claimed", "/replies", "/mcp.lock", "/mcp_in.json", "/mcp.fifo", "/mcp.sock"]

  private func expectDrift(
    _ channel: Rehearsal, _ path: String, _ text: String, location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try channel.sluice("--json", "verify")
    #expect(outcome.status == 4, "\(text): \(outcome)", sourceLocation: location)
    let report = try JSONText.object(outcome.output)
    #expect(report.text("verdict") == "drift", sourceLocation: location)
    #expect(
      report.objects("findings").contains {
        $0.text("verdict") == "drift" && $0.text("subject") == path && $0.text("finding")?.contains(text) == true
      }, "\(path): \(text): \(outcome.output)", sourceLocation: location)
    let attested = try channel.sluice("attest")
    #expect(attested.status == 4, "\(attested)", sourceLocation: location)
    let objects = try JSONText.object(attested.output).objects("objects")
    let drifted = objects.filter { $0.text("path") == path && $0.strings("drift").contains { $0.contains(text) } }
    #expect(drifted.count == 1, "\(path): \(text): \(attested.output)", sourceLocation: location)
    if text.hasPrefix("mode is"), let declared = drifted.first?.object("declared")?.text("mode") {
      #expect(text.contains("declared is \(declared)") && drifted[0].object("actual")?.text("mode") != declared)
    }
    #expect(text != "absent; a " || drifted.first?.object("actual") == nil)
  }

  private func shell(_ channel: Rehearsal, _ script: String) throws {
    let outcome = try RunningProgram(["/bin/sh", "-ec", script], variables: channel.clientVariables).end()
    guard outcome.status == 0 else { throw ScenarioFailure("\(outcome)") }
  }

  /// The services are killed first: a running server makes a lost FIFO or socket again.
  private func stand(_ channel: Rehearsal) throws {
    let server = try channel.serve()
    let relay = try channel.relay()
    try channel.waitForRelay()
    try channel.apply("socket")
    relay.kill()
    server.kill()
    let before = try channel.sluice("--json", "verify")
    #expect(before.status == 3, "\(before)")
  }

  @Test func modeKindAndAbsenceAreNamed() throws {
    try Rehearsal.run { channel in
      try stand(channel)
      for name in Self.objects {
        let path = channel.runtime + name
        let mode = try #require(try Files.status(path)).mode
        let octal = "0\(String(mode, radix: 8))"
        let other: UInt32 = mode == 0o700 ? 0o710 : 0o640
        try shell(channel, "chmod \(String(other, radix: 8)) \(path)")
        try expectDrift(
          channel, path, "mode is 0\(String(other, radix: 8)), declared is \(octal): chmod \(octal) \(path)")
        try shell(channel, "chmod \(octal) \(path); mv \(path) \(path).kept")
        try expectDrift(channel, path, "absent; a ")
        try shell(channel, name == "/mcp.fifo" ? "mkdir -m 700 \(path)" : "mkfifo -m 600 \(path)")
        try expectDrift(channel, path, "kind is \(name == "/mcp.fifo" ? "directory" : "FIFO"), declared is ")
        try shell(channel, "rm -r \(path); ln -s \(path).kept \(path)")
        try expectDrift(channel, path, "kind is symbolic link, declared is ")
        try shell(channel, "rm \(path); mv \(path).kept \(path)")
        #expect(try channel.sluice("verify").status == 3, "\(path) was put back")
      }
    }
  }

  /// A second name may be one in a place where others write; a directory has none.
  @Test func aSecondNameIsNamed() throws {
    try Rehearsal.run { channel in
      try stand(channel)
      for name in Self.objects where try Files.status(channel.runtime + name)?.kind != .directory {
        let path = channel.runtime + name
        try shell(channel, "ln \(path) \(channel.root)/tmp/second")
        try expectDrift(
          channel, path, "it has 2 names (hard links), so it may be a file of another place; move it away")
        try shell(channel, "rm \(channel.root)/tmp/second")
      }
      #expect(try channel.sluice("verify").status == 3, "all are put back")
    }
  }

  @Test(.enabled(if: Privilege.isRoot, "\(Privilege.reason)"))
  func ownerAndGroupAreNamed() throws {
    try Rehearsal.run(#"access: "group", group: "daemon","#, isOpen: true) { channel in
      try stand(channel)
      let group = try #require(Accounts.group("daemon"))
      for name in Self.objects {
        let path = channel.runtime + name
        let mode = "0\(String(try #require(try Files.status(path)).mode, radix: 8))"
        try shell(channel, "chown 1001 \(path); chmod \(mode) \(path)")
        try expectDrift(channel, path, "owner is uid 1001, declared is 0: chown 0 \(path)")
        try shell(channel, "chown 0 \(path); chgrp 1002 \(path); chmod \(mode) \(path)")
        try expectDrift(channel, path, "group is gid 1002, declared is \(group): chgrp \(group) \(path)")
        try shell(channel, "chgrp \(group) \(path); chmod \(mode) \(path)")
        #expect(try channel.sluice("verify").status == 3, "\(path) was put back")
      }
    }
  }

  /// The way to the objects is managed as well: whoever can change it can change them.
  @Test func aWayThatOthersCanChangeIsDrift() throws {
    try Rehearsal.run { channel in
      try stand(channel)
      for path in ["\(channel.root)/run", "\(channel.root)/var/log/sluice", "\(channel.root)/var/lib/sluice"] {
        let mode = "0\(String(try #require(try Files.status(path)).mode, radix: 8))"
        try shell(channel, "chmod 0777 \(path)")
        let outcome = try channel.sluice("verify")
        #expect(outcome.status == 4 || outcome.status == 77, "\(outcome)")
        #expect((outcome.output + outcome.errors).contains(path), "\(outcome)")
        try shell(channel, "chmod \(mode) \(path)")
      }
    }
  }

  @Test func theServersOwnDriftIsNamed() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try Files.write(
        "\(channel.runtime)/endpoint", "SLUICE_TRANSPORT=socket\n")
      let outcome = try channel.sluice("--json", "verify")
      #expect(
        outcome.status == 4 && outcome.output.contains("endpoint names socket, the phase is run-file"), "\(outcome)")
    }
  }
}
