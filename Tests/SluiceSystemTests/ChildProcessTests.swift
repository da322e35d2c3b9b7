import Glibc
import SluiceSystem
import SluiceTestSupport
import Testing

/// Started programs: what they get, and what of them is seen.
@Suite struct ChildProcessTests {
  private func end(_ child: borrowing ChildProcess) throws -> Int32? {
    guard try Wait.ready(child.pidfd, before: Deadline().nanoseconds) else { return nil }
    return try ChildProcess.reap(child.pid)
  }

  private func run(_ program: ProgramStart) throws -> (output: String, status: Int32?) {
    let child = try ChildProcess.start(program)
    defer { child.endAndReap() }
    let output = try readToEnd(child.output, before: Deadline().nanoseconds)
    return (String(decoding: output, as: UTF8.self), try end(child))
  }

  @Test(arguments: [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("exec 0<&- 1>&- 2>&-; exit 3", 3)])
  func statusOfTheEnd(_ script: String, _ expected: Int32) throws {
    #expect(
      try run(ProgramStart(path: "/bin/sh", arguments: ["sh", "-c", script], environment: [])).status == expected)
  }

  @Test func itHasItsOwnProcessGroup() throws {
    let child = try ChildProcess.start(
      ProgramStart(path: "/bin/sh", arguments: ["sh", "-c", "sleep 1000 & sleep 1000"], environment: []))
    defer { child.endAndReap() }
    #expect(try ChildProcess.reap(child.pid) == nil)
    #expect(getpgid(child.pid) == child.pid)
    #expect(getpgid(0) != child.pid)
    // The whole group goes, grandchildren as well: the pipe to all of them ends.
    ChildProcess.killGroup(child.pid)
    #expect(try end(child) == 128 + 9)
    #expect(try readToEnd(child.output, before: Deadline().nanoseconds).isEmpty)
  }

  @Test func noDescriptorBeyondTheThree() throws {
    // One without close-on-exec, as a careless library leaves it.
    let careless = dup(2)
    defer { close(careless) }
    try #require(careless > 2)
    let result = try run(ProgramStart(path: "/bin/ls", arguments: ["ls", "/proc/self/fd"], environment: []))
    // The last one is the directory that ls itself reads.
    #expect(result.output.split(separator: "\n") == ["0", "1", "2", "3"])
  }

  @Test func noSignalIsBlockedOrIgnored() throws {
    SignalReceiver.ignoreHarmless()
    let result = try run(
      ProgramStart(path: "/bin/grep", arguments: ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"], environment: []))
    let masks = result.output.split(separator: "\n").compactMap { UInt64($0.dropFirst(8), radix: 16) }
    // Signals 32 and 33 are the C library's own: posix_spawn(3) leaves them ignored.
    #expect(masks.map { $0 & ~0x1_8000_0000 } == [0, 0])
  }

  @Test func argumentsAndEnvironmentAreExact() throws {
    let root = try TemporaryDirectory()
    let result = try run(
      ProgramStart(
        path: "/bin/sh",
        arguments: ["sh", "-c", "pwd; printf '%s|' \"$@\"; printf %s \"$X\"", "0", "a b", "", "$X", "ü\0z"],
        environment: ["X=*; \"y\"", "EMPTY="], directory: root.path))
    #expect(result.output == "\(root.path)\na b||$X|ü|*; \"y\"")
  }

  @Test(
    arguments: [
      ("/nowhere/at-all", nil, Errno.noSuchFile), ("/etc/passwd", nil, .permissionDenied),
      ("/etc", nil, .permissionDenied), ("/bin/true", "/nowhere", .noSuchFile),
    ] as [(String, String?, Errno)])
  func aFailedStartIsItsErrno(_ path: String, _ directory: String?, _ expected: Errno) throws {
    #expect(throws: expected) {
      _ = try ChildProcess.start(
        ProgramStart(path: path, arguments: [path], environment: [], directory: directory)
      ).pid
    }
  }

  @Test func theLimitOfOpenFilesHolds() throws {
    var program = ProgramStart(path: "/bin/sh", arguments: ["sh", "-c", "sleep 0.05; ulimit -n"], environment: [])
    program.environment = ["PATH=/bin:/usr/bin"]
    program.openFilesLimit = 32
    #expect(try run(program).output == "32\n")
  }
}
