import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Cases of the catalogue whose full size takes a while: samples, unless SLUICE_TEST_FULL is set.
@Suite(.serialized, .printsLogs)
struct FullSizeTests {
  static let isFull = Process.environment("SLUICE_TEST_FULL") != nil

  private func run(_ body: (Rehearsal, Service) throws -> Void) throws {
    try Rehearsal.run { channel in
      let handler = #"while read -r line; do printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'; done"#
      try channel.configure(try channel.scriptHandler(handler))
      try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try body(channel, relay)
    }
  }

  @Test("Competition 38, in full: clients that never overlap keep their order over 20,000 messages") func order() throws
  {
    let each = Self.isFull ? 5000 : 100
    try run { channel, _ in
      // Each makes the file, or waits: whoever was told yes is delivered.
      let script = """
        import os, sys
        path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
        for i in range(count):
            text = '{"method":"note","params":{"label":"%s-%d"}}\\n' % (name, i + 1)
            with open(path + '.' + name, 'w') as f: f.write(text)
            while True:
                try:
                    os.link(path + '.' + name, path)
                    break
                except FileExistsError: os.sched_yield()
            os.unlink(path + '.' + name)
        """
      try Files.write("\(channel.root)/client.py", script)
      let start = Clock.monotonic
      let writers = try ["a", "b", "c", "d"].map {
        try RunningProgram(["python3", "\(channel.root)/client.py", channel.drop, $0, "\(each)"])
      }
      for writer in writers { #expect(try writer.end(seconds: 900).status == 0) }
      try eventually("all are handled", seconds: 900) { try Files.lines(channel.record).count >= each * 4 }
      let lines = try Files.lines(channel.record)
      #expect(lines.count == each * 4)
      for name in ["a", "b", "c", "d"] {
        let own = lines.filter { $0.contains("\"label\":\"\(name)-") }
        #expect(own == (1...each).map { LegacyWriter.message(name, $0) }, "\(name) is out of order")
      }
      print("38: \(lines.count) messages of four clients in \((Clock.monotonic - start) / 1_000_000_000) s, in order")
      try channel.expectOneEndEach()
    }
  }

  @Test("Competition 41, in full: a writer that stays for 60 s holds up nobody") func stuckWriter() throws {
    let seconds: Int64 = Self.isFull ? 60 : 3
    try run { channel, _ in
      let message = LegacyWriter.message("stuck", 1)
      let stuck = try RunningProgram(
        [
          "/bin/bash", "-c", #"{ printf %s "${1:0:20}"; sleep "$2"; printf '%s\n' "${1:20}"; } > "$DROP""#, "b",
          message, "\(seconds)",
        ], variables: channel.clientVariables)
      try eventually("it is claimed") { try !Files.exists(channel.drop) }
      let end = Clock.monotonic + (seconds - 1) * 1_000_000_000
      var times: [Int64] = []
      while Clock.monotonic < end {
        let next = LegacyWriter.message("later", times.count + 1)
        let start = Clock.monotonic
        try Files.write("\(channel.root)/tmp/next", next + "\n")
        try Directory.open("\(channel.root)/tmp").rename("next", to: "mcp_in.json")
        try channel.waitUntilHandled(next)
        times.append(Clock.monotonic - start)
        Wait.pause(nanoseconds: 200_000_000)
        try stuck.pump()
      }
      #expect(try stuck.end(seconds: 30).status == 0)
      try channel.waitUntilHandled(message)
      times.sort()
      print(
        "41: \(times.count) later messages while a writer stayed \(seconds) s: median"
          + " \(times[times.count / 2] / 1_000_000) ms, slowest \((times.last ?? 0) / 1_000_000) ms")
      #expect(times.count > 3 && times[times.count / 2] < 500_000_000)
    }
  }

  @Test(
    "50: with the drop filesystem full, claiming by rename works",
    .enabled(if: ForeignRelay.isAvailable, Comment(rawValue: ForeignRelay.reason)))
  func fullFilesystem() throws {
    let mount = "mount --make-rprivate /; mount -t tmpfs -o mode=1777,size=1m none $ROOT/tmp"
    try ForeignRelay.run(script: mount) { rehearsal in
      let message = LegacyWriter.message("full", 1)
      try rehearsal.relay.signal("STOP")
      let outcome = try rehearsal.inside(
        as: ForeignRelay.attacker,
        #"echo "$1" > $DROP; dd if=/dev/zero of=$ROOT/tmp/filler bs=4096 2>/dev/null || true"#
          + "; echo x > $ROOT/tmp/more 2>/dev/null || true; test ! -s $ROOT/tmp/more",
        message)
      #expect(outcome.status == 0, "the filesystem is not full: \(outcome)")
      try rehearsal.relay.signal("CONT")
      try rehearsal.channel.waitUntilHandled(message)
      let gone = try rehearsal.inside("test ! -e $DROP")
      #expect(gone.status == 0)
    }
  }
}
