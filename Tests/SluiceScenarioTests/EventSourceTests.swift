import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Events that are lost, too many, or not to be had: the directory is the truth all the same.
@Suite(.serialized, .printsLogs, .enabled(if: ForeignRelay.isAvailable, "\(ForeignRelay.reason)"))
struct EventSourceTests {
  /// The full sizes of the long cases, instead of smaller ones.
  static let isFull = Process.environment("SLUICE_TEST_FULL") != nil

  private static let noise = """
    import os, sys
    for i in range(int(sys.argv[2])):
        f = os.open(sys.argv[1] + '/noise-%d' % (i % 50), os.O_CREAT | os.O_WRONLY, 0o600); os.close(f)
        if i % 50 == 49:
            for k in range(50): os.unlink(sys.argv[1] + '/noise-%d' % k)
    """

  private func noise(_ rehearsal: ForeignRelay, _ count: Int) throws -> RunningProgram {
    try RunningProgram(
      Users.strangerPrefix(ForeignRelay.attacker)
        + ["/usr/bin/python3", "-c", Self.noise, "\(rehearsal.channel.root)/tmp", "\(count)"])
  }

  @Test("1, 2: drops of before and around the start are delivered, each once")
  func aroundTheStart() throws {
    try ForeignRelay.run { rehearsal in
      let channel = rehearsal.channel
      var relay = rehearsal.relay
      for round in 1...8 {
        relay.kill()
        let script =
          round % 2 == 1
          ? #"echo "$1" > $DROP"#
          : #"read -rt 0.0\#(round) <> <(:) || true; echo "$1" > $DROP.n; ln $DROP.n $DROP; rm $DROP.n"#
        let message = LegacyWriter.message("start", round)
        let writer = try RunningProgram(
          Users.strangerPrefix(ForeignRelay.client) + ["/bin/bash", "-c", script, "bash", message],
          variables: channel.clientVariables)
        if round % 2 == 1 { _ = try writer.end() }
        relay = try ForeignRelay.start(channel, ForeignRelay.three)
        try relay.waitUntilReady()
        _ = try writer.end()
        try channel.waitUntilHandled(message)
      }
      for round in 1...8 { #expect(try rehearsal.count(LegacyWriter.message("start", round)) == 1) }
    }
  }

  @Test("5: SIGTERM while nothing happens ends the relay cleanly, and what was claimed comes after the next start")
  func terminated() throws {
    try ForeignRelay.run { rehearsal in
      try rehearsal.expectDelivery("before")
      let writer = try RunningProgram(
        Users.strangerPrefix(ForeignRelay.client) + [
          "/bin/bash", "-c", #"exec 3> $DROP; printf %s "$1" >&3; echo open; read -r; exec 3>&-"#, "bash",
          LegacyWriter.message("pending", 1),
        ], keepsInput: true, variables: rehearsal.channel.clientVariables)
      try writer.until("it writes") { $0.contains("open") }
      try eventually("it is claimed") { try !Files.exists(rehearsal.channel.drop) }
      try rehearsal.relay.terminate()
      #expect(try rehearsal.relay.end() == 0)
      writer.write("\n")
      writer.closeInput()
      _ = try writer.end()
      try ForeignRelay.start(rehearsal.channel, ForeignRelay.three).waitUntilReady()
      try rehearsal.channel.waitUntilHandled(LegacyWriter.message("pending", 1))
    }
  }

  @Test("6, 14: a stopped relay whose queue overflowed says so and delivers; its record stays whole")
  func overflow() throws {
    try ForeignRelay.run { rehearsal in
      try rehearsal.relay.signal("STOP")
      let outcome = try noise(rehearsal, 20_000).end(seconds: 60)
      #expect(outcome.status == 0, "\(outcome)")
      let message = LegacyWriter.message("behind", 1)
      try rehearsal.shell(as: ForeignRelay.client, #"echo "$1" > $DROP"#, message)
      try rehearsal.relay.signal("CONT")
      try rehearsal.channel.waitUntilHandled(message)
      try eventually("it is told: \(rehearsal.relay.log)") { rehearsal.relay.log.contains("queue overflowed") }
      let chain = try rehearsal.channel.sluice("audit", "verify", "--relay")
      #expect(chain.status == 0, "\(chain)")
      // Whatever the library writes to standard error, each line of ours begins as ours.
      #expect(
        rehearsal.relay.log.split(separator: "\n").allSatisfy { $0.hasPrefix("sluice relay") }, "\(rehearsal.relay.log)"
      )
    }
  }

  @Test("8: a drop directory that is moved away ends the relay with an error, and the next start works")
  func movedAway() throws {
    try ForeignRelay.run { rehearsal in
      try rehearsal.channel.shell("mv $ROOT/tmp $ROOT/gone; mkdir -m 1777 $ROOT/tmp; chmod 1777 $ROOT/tmp")
      #expect(try rehearsal.relay.end() == 1)
      try rehearsal.relay.waitUntilSaid("start the relay again")
      let again = try ForeignRelay.start(rehearsal.channel, ForeignRelay.three)
      try again.waitUntilReady()
      try ForeignRelay(channel: rehearsal.channel, server: rehearsal.server, relay: again).expectDelivery("again")
    }
  }

  @Test("11: without an inotify instance the relay says what to raise, and delivers by looking")
  func noInstances() throws {
    let limit = try Files.text("/proc/sys/fs/inotify/max_user_instances")
    guard let most = Int(limit.split(separator: "\n").first ?? ""), most <= 4096 else {
      print("skipped: fs.inotify.max_user_instances is \(limit)")
      return
    }
    let script = """
      import ctypes, sys
      libc = ctypes.CDLL(None); held = 0
      import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
      while libc.inotify_init() >= 0: held += 1
      print('held', flush=True); sys.stdin.read()
      """
    // A user of its own: what it uses up is its own, too.
    let user: UInt32 = 1011
    try ForeignRelay.run(user: user) { rehearsal in
      rehearsal.relay.kill()
      let holder = try RunningProgram(
        ForeignRelay.prefix([], user: user) + ["/usr/bin/python3", "-c", script], keepsInput: true)
      try holder.until("it holds all") { $0.contains("held") }
      let relay = try ForeignRelay.start(rehearsal.channel, ForeignRelay.three, user: user)
      try relay.waitUntilReady()
      try eventually("it is named: \(relay.log)") { relay.log.contains("fs.inotify.max_user_instances") }
      let now = ForeignRelay(channel: rehearsal.channel, server: rehearsal.server, relay: relay)
      try now.expectDelivery("looked for")
      holder.closeInput()
      _ = try holder.end()
    }
  }

  @Test("12: names with newlines, formats and invalid UTF-8 are nobody's drops, and in no log")
  func strangeNames() throws {
    try ForeignRelay.run { rehearsal in
      let script =
        #"cd $ROOT/tmp; echo x > $'two\nlines'; echo x > '%n%s'; echo x > $'\xff\xfe'; echo x > mcp_in.jsonx; echo x > $'mcp_in.json\n'"#
      let outcome = try rehearsal.shell(as: ForeignRelay.attacker, script)
      #expect(outcome.status == 0, "\(outcome)")
      try rehearsal.expectDelivery("next")
      #expect(try Files.lines(rehearsal.channel.record).count == 1)
      #expect(!rehearsal.relay.log.contains("%n") && !rehearsal.relay.log.contains("lines"))
      #expect(try rehearsal.records("quarantined").isEmpty)
    }
  }

  @Test("13, 72: a storm of other files neither grows the relay nor starves a drop")
  func storm() throws {
    let count = Self.isFull ? 300_000 : 30_000
    try ForeignRelay.run { rehearsal in
      _ = try noise(rehearsal, 2000).end()
      try rehearsal.expectDelivery("warm")
      let (before, open) = (try rehearsal.resident(), try rehearsal.descriptors())
      let start = Clock.monotonic
      let storm = try noise(rehearsal, count)
      var times: [Int64] = []
      while storm.status == nil {
        times.append(try rehearsal.expectDelivery("during-\(times.count)"))
        try storm.pump()
      }
      let seconds = Double(Clock.monotonic - start) / 1e9
      #expect(storm.status == 0)
      let after = try rehearsal.resident()
      #expect(after - before < 4 << 20, "\(before) to \(after)")
      // The files of the last drops are held for a moment, for late writers.
      try eventually("its descriptors are closed") { try rehearsal.descriptors() <= open + 2 }
      times.sort()
      print(
        "13, 72: \(count) creates at \(Int(Double(count) / seconds))/s; resident \(before / 1024) to \(after / 1024) KiB;"
          + " \(times.count) drops meanwhile, median \((times.dropFirst(times.count / 2).first ?? 0) / 1_000_000) ms,"
          + " slowest \((times.last ?? 0) / 1_000_000) ms")
    }
  }

  @Test("73: very many tiny drops leave memory, descriptors and disk bounded")
  func manyDrops() throws {
    let count = Self.isFull ? 1_000_000 : 4000
    let settings = #"handler: { kind: "builtin" }, relay: { quarantine: "1M" },"#
    try ForeignRelay.run(settings: "") { rehearsal in
      try rehearsal.channel.configure(#"user: "\#(SecondUser.id)", "# + settings)
      rehearsal.relay.kill()
      rehearsal.server.kill()
      try rehearsal.channel.launch("serve", ["serve", "--phase", "socket"], before: ForeignRelay.prefix([]))
        .waitUntilReady()
      let relay = try ForeignRelay.start(rehearsal.channel, ForeignRelay.three)
      try relay.waitUntilReady()
      let now = ForeignRelay(channel: rehearsal.channel, server: rehearsal.server, relay: relay)
      try rehearsal.channel.waitForRelay()
      let script = """
        import os, sys
        path = sys.argv[1]
        for i in range(int(sys.argv[2])):
            with open(path, 'w') as f: f.write('junk %d' % i if i % 4 == 0 else '{"method":"ping"}')
        """
      let start = Clock.monotonic
      let (before, open) = (try now.resident(), try now.descriptors())
      let writer = try RunningProgram(
        Users.strangerPrefix(ForeignRelay.attacker) + [
          "/usr/bin/python3", "-c", script, rehearsal.channel.drop, "\(count)",
        ])
      var (most, files) = (before, open)
      while writer.status == nil {
        try writer.pump()
        most = max(most, try now.resident())
        files = max(files, try now.descriptors())
      }
      try rehearsal.channel.waitUntilDrained()
      let kept = try Files.names(rehearsal.channel.quarantine).count
      #expect(kept <= 257, "a mebibyte of blocks of 4 KiB")
      #expect(most - before < 48 << 20 && files - open < 128, "\(before) to \(most), \(open) to \(files)")
      let taken = try rehearsal.channel.count("file-drop", "accepted")
      print(
        "73: \(count) writes in \((Clock.monotonic - start) / 1_000_000) ms, \(taken) drops taken; resident at most"
          + " \(most / 1024) KiB (from \(before / 1024)), descriptors at most \(files) (from \(open)), \(kept) kept aside"
      )
    }
  }
}
