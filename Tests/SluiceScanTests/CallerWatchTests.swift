import SluiceScan
import SluiceSystem
import SluiceTestSupport
import Testing

/// What real programs look like to the observer; one directory watch a process, so each is a process of its own.
@Suite struct CallerWatchTests {
  private static func profile(
    _ script: String, waiting: Bool = false
  ) throws -> (CallerProfile, programs: [CallerWatch.Caller: Int], names: [String]) {
    let root = try TemporaryDirectory()
    if waiting { try root.write("slot", "12345678") }
    let watch = try CallerWatch(["\(root.path)/slot"])
    let child = try ChildProcess.start(
      ProgramStart(
        path: "/bin/bash", arguments: ["bash", "-euc", script], environment: ["PATH=/usr/bin:/bin"],
        directory: root.path))
    defer { child.endAndReap() }
    let deadline = Deadline()
    var status: Int32?
    while status == nil, !deadline.hasPassed {
      watch.look(milliseconds: 5)
      status = try ChildProcess.reap(child.pid)
    }
    #expect(status == 0)
    watch.look(milliseconds: 20)
    return (watch.profile, watch.callers, try root.names())
  }

  @Test func aPlainWriter() async {
    await #expect(processExitsWith: .success) {
      let (seen, _, names) = try CallerWatchTests.profile("echo 1234567 > slot; sleep 0.05")
      #expect(seen.drops == 1 && seen.overwritten == 0 && seen.largest == 8 && seen.slow == 0, "\(seen)")
      #expect(seen.users == [Process.effectiveUser: 1])
      #expect(seen.styles.map(\.name) == ["written in place"])
      // Nothing was taken, and nothing made.
      #expect(names == ["slot"])
    }
  }

  @Test func replacedUnread() async {
    await #expect(processExitsWith: .success) {
      let (seen, _, _) = try CallerWatchTests.profile("for i in 1 2 3 4; do echo $i > slot; sleep 0.05; done")
      #expect(seen.drops == 4 && seen.overwritten == 3 && seen.collisions == 0, "\(seen)")
    }
  }

  @Test func movedAppendedAndSlow() async {
    await #expect(processExitsWith: .success) {
      let (moved, _, _) = try CallerWatchTests.profile("echo 1 > x; sleep 0.05; mv x slot; sleep 0.05; rm slot")
      #expect(moved.drops == 1 && moved.renames == 1 && moved.taken == 1 && moved.overwritten == 0, "\(moved)")
    }
    await #expect(processExitsWith: .success) {
      let (seen, _, _) = try CallerWatchTests.profile(
        "echo 1234567 >> slot; sleep 0.05; echo 1234567 >> slot; sleep 0.05")
      #expect(seen.drops == 2 && seen.appends == 1 && seen.overwritten == 0, "\(seen)")
    }
    await #expect(processExitsWith: .success) {
      let (seen, _, _) = try CallerWatchTests.profile("{ echo a; sleep 0.1; echo b; } > slot; sleep 0.05")
      #expect(seen.drops == 1 && seen.slow == 1, "\(seen)")
    }
  }

  @Test func whoReadsAndWhoTakes() async {
    await #expect(processExitsWith: .success) {
      let (old, _, _) = try CallerWatchTests.profile(
        "for i in 1 2 3; do echo $i > slot; sleep 0.03; cat slot >/dev/null; rm slot; sleep 0.03; done")
      #expect(old.drops == 3 && old.taken == 3 && old.readBacks == 0 && old.overwritten == 0, "\(old)")
    }
    await #expect(processExitsWith: .success) {
      let (seen, _, _) = try CallerWatchTests.profile(
        "echo 1 > slot; sleep 0.03; cat slot >/dev/null; sleep 0.03; cat slot >/dev/null; rm slot; sleep 0.03; echo 2 > slot; chmod 600 slot; sleep 0.03"
      )
      #expect(seen.drops == 2 && seen.readBacks == 1 && seen.touchedAfter == 1, "\(seen)")
    }
  }

  @Test(.enabled(if: Privilege.isRoot, "needs CAP_SYS_ADMIN")) func programsAreNamed() async {
    await #expect(processExitsWith: .success) {
      let (_, programs, _) = try CallerWatchTests.profile("for i in 1 2 3; do echo $i > slot; sleep 0.05; done")
      #expect(programs.keys.contains { $0.program.hasSuffix("bash") && $0.uid == 0 }, "\(programs)")
    }
  }
}

/// What the observer makes of sequences of events, as relay.md's table of writers has them.
@Suite struct DropHistoryTests {
  private func play(_ steps: [(DropHistoryTests.Step, Int64)]) -> CallerProfile {
    var history = DropHistory(isPresent: false)
    for (step, milliseconds) in steps { history.saw(step, nil, at: milliseconds * 1_000_000) }
    return history.profile
  }
  typealias Step = DirectoryActivity

  @Test func twoWritersInOneFileCollide() {
    let seen = play([
      (.created, 0), (.opened, 0), (.modified, 1), (.opened, 2), (.modified, 2), (.closedAfterWriting, 3),
      (.closedAfterWriting, 4),
    ])
    #expect(seen.drops == 1 && seen.collisions == 1)
  }

  @Test func aReaderDuringTheWritingIsNoCollision() {
    let seen = play([
      (.created, 0), (.opened, 0), (.modified, 1), (.opened, 2), (.read, 2), (.closedAfterReading, 2),
      (.closedAfterWriting, 3),
    ])
    #expect(seen.drops == 1 && seen.collisions == 0 && seen.readBacks == 0)
  }

  @Test func aDropWithinTwoMillisecondsOfTheLastCollides() {
    let first: [(Step, Int64)] = [(.created, 0), (.opened, 0), (.modified, 0), (.closedAfterWriting, 1)]
    #expect(play(first + [(.removed, 1), (.created, 2)]).collisions == 1)
    #expect(play(first + [(.removed, 1), (.created, 5)]).collisions == 0)
    #expect(play(first + [(.movedIn, 2)]).collisions == 1)
    #expect(play(first + [(.opened, 2), (.modified, 2)]).collisions == 1)
  }

  @Test func anEmptyFileAndLostEvents() {
    let seen = play([(.created, 0), (.opened, 0), (.closedAfterWriting, 1), (.overflow, 2)])
    #expect(seen.drops == 0 && seen.empty == 1 && seen.hasGaps)
  }
}
