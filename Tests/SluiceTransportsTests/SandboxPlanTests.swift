import SluiceChannel
import SluiceSystem
import SluiceTransports
import Testing

/// Which directories the two services keep, as a table.
@Suite struct SandboxPlanTests {
  private func layout(log: Bool = false) throws -> ChannelLayout {
    var channel = ChannelFile(name: try ChannelName(parsing: "c"))
    channel.legacy.bad = try AbsolutePath(parsing: "/var/drop/bad.json")
    if log { channel.legacy.log = try AbsolutePath(parsing: "/var/log/old.log") }
    return ChannelLayout(channel: channel, root: "/r")
  }

  private func access(_ plan: SandboxPlan, _ path: String) -> Landlock.Access? {
    plan.rules.first { $0.path == path }?.access
  }

  @Test(arguments: [true, false]) func theServersOwnDirectories(runsPrograms: Bool) throws {
    let plan = SandboxPlan.server(
      try layout(), channelFile: "/r/etc/sluice/c.json5", isRoot: false, runsPrograms: runsPrograms)
    #expect(access(plan, "/r/run/c") == .clearing)
    #expect(access(plan, "/r/var/lib/sluice/c") == .owning)
    #expect(access(plan, "/r/var/log/sluice/c") == .owning)
    #expect(access(plan, "/r/etc/sluice") == .reading)
    #expect(access(plan, "/r/tmp") == nil && access(plan, "/") == nil)
    // Handlers are outside, and must be killed when they hang.
    #expect(plan.isolatesSignals == !runsPrograms)
    #expect(plan.rules.allSatisfy { !$0.access.contains(.execute) })
  }

  @Test func theRelaysDirectories() throws {
    let plan = SandboxPlan.relay(
      try layout(log: true), channelFile: nil, isRoot: true, hasRuntimeDirectory: true)
    #expect(access(plan, "/r/tmp") == .clearing)
    #expect(access(plan, "/r/var/drop") == .clearing)
    #expect(access(plan, "/r/var/log") == .appending)
    #expect(access(plan, "/r/run/c") == [.readFile, .readDirectory, .writeFile])
    #expect(plan.capabilities.contains([.lease, .actAsFileOwner]))
    #expect(plan.capabilities.contains(.administrate), "the witness")
  }

  @Test func aRelayThatComesFirstMayReachWhatTheServerWillMake() throws {
    let plan = SandboxPlan.relay(try layout(), channelFile: nil, isRoot: false, hasRuntimeDirectory: false)
    #expect(access(plan, "/r/run") == [.readFile, .readDirectory, .writeFile])
    #expect(access(plan, "/r/run/c") == nil)
  }

  @Test func rootReadsNoDirectoryOfSecrets() throws {
    for isRoot in [true, false] {
      let plan = SandboxPlan.server(try layout(), channelFile: nil, isRoot: isRoot, runsPrograms: false)
      #expect((access(plan, "/etc") != nil) == !isRoot)
      #expect((access(plan, "/etc/passwd") != nil) == isRoot)
      #expect(access(plan, "/etc/shadow") == nil)
    }
  }
}
