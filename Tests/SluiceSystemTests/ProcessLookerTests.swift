import SluiceSystem
import SluiceTestSupport
import Testing

/// The process that looks at others for one that no longer may.
@Suite struct ProcessLookerTests {
  private func signal(_ name: String, _ pid: Int32) throws {
    let child = try ChildProcess.start(
      ProgramStart(path: "/bin/sh", arguments: ["sh", "-c", "kill -\(name) \(pid)"], environment: []))
    _ = try Wait.ready(child.pidfd, before: Deadline().nanoseconds)
    _ = try ChildProcess.reap(child.pid)
  }

  @Test func itSeesWhatWeSee() throws {
    let looker = try ProcessLooker()
    let process = try Directory.open("/proc/\(Process.identifier)")
    for _ in 0..<3 {
      let found = try looker.look(at: process)
      let own = try OwnSight().look(at: process)
      #expect(found.file == own.file)
      #expect(ProcessStat(found.stat) == ProcessStat(own.stat))
    }
    let opened = try looker.openProgram(of: process)
    let (path, file, named) = (String(decoding: opened.path, as: UTF8.self), opened.file, opened.named)
    let status = try opened.descriptor.status()
    #expect(path == Process.programPath && status == file && named == file.identity)
  }

  @Test(arguments: ["/", "/tmp", "/proc", "/proc/self/fd"]) func itLooksAtProcessesOnly(_ path: String) throws {
    let looker = try ProcessLooker()
    let directory = try Directory.openForLookup(path)
    #expect(throws: Errno.self) { _ = try looker.look(at: directory) }
    #expect(throws: Errno.self) { _ = try looker.openProgram(of: directory) }
  }

  /// The one that took the lock has ended; a child of its shell holds it, and its name cannot break the answer's lines.
  @Test func t67ItNamesTheHolderOfALock() throws {
    let looker = try ProcessLooker()
    let place = try TemporaryDirectory()
    try place.write("lock", "")
    let file = try place.directory().open("lock", .readWrite)
    #expect(try looker.lockHolders(of: file) == [])
    let child = try ChildProcess.start(
      ProgramStart(
        path: "/bin/bash",
        arguments: [
          "bash", "-c",
          #"exec 9>"$0/lock"; flock 9; cp /bin/sleep "$0/"$'na me\n1 0 root'; exec "$0/"$'na me\n1 0 root' 1000"#,
          place.path,
        ], environment: ["PATH=/usr/bin:/bin"]))
    defer { child.endAndReap() }
    let name = "na?me?1?0?root"
    let deadline = Deadline()
    var found: [LockHolder] = []
    while found.first?.program != name, !deadline.hasPassed { found = try looker.lockHolders(of: file) }
    #expect(found == [LockHolder(pid: child.pid, uid: Process.effectiveUser, program: name)])
    #expect(try OwnSight().lockHolders(of: file) == found)
  }

  @Test(arguments: ["/", "/proc/self", "/dev/null"]) func itLooksForLocksOfPlainFilesOnly(_ path: String) throws {
    let looker = try ProcessLooker()
    let parent = try Directory.open("/dev")
    let object =
      path == "/dev/null" ? try parent.open("null", .readWrite) : try Directory.open(path).descriptor.duplicate()
    #expect(throws: Errno.self) { _ = try looker.lockHolders(of: object) }
  }

  /// A directory of /proc stays its process', whoever has the number.
  @Test func ofOneThatIsGoneItSaysSo() throws {
    let looker = try ProcessLooker()
    let child = try ChildProcess.start(
      ProgramStart(path: "/bin/sleep", arguments: ["sleep", "1000"], environment: []))
    defer { child.endAndReap() }
    let directory = try Directory.open("/proc/\(child.pid)")
    _ = try looker.look(at: directory)
    ChildProcess.killGroup(child.pid)
    _ = try Wait.ready(child.pidfd, before: Deadline().nanoseconds)
    _ = try ChildProcess.reap(child.pid)
    var error: Errno?
    do { _ = try looker.look(at: directory) } catch let found { error = found }
    #expect(error == .noSuchProcess || error == .noSuchFile)
  }

  @Test func aLateAnswerIsNotTakenForAnothers() throws {
    let looker = try ProcessLooker(patience: 20_000_000)
    let child = try ChildProcess.start(
      ProgramStart(path: "/bin/sleep", arguments: ["sleep", "1000"], environment: []))
    defer { child.endAndReap() }
    let own = try Directory.open("/proc/\(Process.identifier)")
    let other = try Directory.open("/proc/\(child.pid)")
    try signal("STOP", looker.pid)
    #expect(throws: Errno.timedOut) { _ = try looker.look(at: other) }
    #expect(throws: Errno.timedOut) { _ = try looker.look(at: other) }
    try signal("CONT", looker.pid)
    let wanted = try OwnSight().look(at: own).file
    let deadline = Deadline()
    var found: FileStatus?
    while found == nil, !deadline.hasPassed { found = try? looker.look(at: own).file }
    #expect(found == wanted)
  }

  @Test func oneThatHangsIsGivenUpInABoundedTime() throws {
    let looker = try ProcessLooker(patience: 20_000_000)
    let own = try Directory.open("/proc/\(Process.identifier)")
    try signal("STOP", looker.pid)
    let start = Clock.monotonic
    for _ in 0..<4 { #expect(throws: Errno.timedOut) { _ = try looker.look(at: own) } }
    #expect(looker.isLost)
    for _ in 0..<1000 { #expect(throws: Errno.brokenPipe) { _ = try looker.look(at: own) } }
    #expect(Clock.monotonic - start < 5_000_000_000)
    try signal("CONT", looker.pid)
  }
}
