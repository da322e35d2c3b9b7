import SluiceSystem
import SluiceTestSupport
import Testing

/// The process that starts programs for one that no longer may.
@Suite struct ProgramStarterTests {
  private func starter(_ path: String, _ script: String) throws -> ProgramStarter {
    try ProgramStarter(
      ProgramStart(path: path, arguments: ["sh", "-c", script], environment: ["FIXED=1"]), prefixes: ["GIVEN="])
  }

  private func end(_ child: borrowing ChildProcess) throws -> (output: String, status: Int32?) {
    let output = try readToEnd(child.output, before: Deadline().nanoseconds)
    guard try Wait.ready(child.pidfd, before: Deadline().nanoseconds) else { return ("", nil) }
    return (String(decoding: output, as: UTF8.self), try ChildProcess.reap(child.pid))
  }

  @Test func whatItStartsIsOurOwnChild() throws {
    let starter = try starter("/bin/sh", #"echo "$FIXED $GIVEN $PPID"; cat; exit 7"#)
    for number in 1...3 {
      let child = try starter.start(variables: ["GIVEN=\(number)"])
      child.closeInput()
      let (output, status) = try end(child)
      #expect(output == "1 \(number) \(Process.identifier)\n")
      #expect(status == 7)
    }
  }

  @Test func itHasItsOwnGroupAndNoOtherDescriptors() throws {
    let starter = try starter("/bin/sh", "ls /proc/self/fd; sleep 1000 & sleep 1000")
    let child = try starter.start(variables: [])
    defer { child.endAndReap() }
    // The last one is the directory that ls itself reads.
    let listed = Array("0\n1\n2\n3\n".utf8)
    var got: [UInt8] = []
    while got.count < listed.count, try Wait.ready(child.output, before: Deadline().nanoseconds) {
      var chunk = [UInt8](repeating: 0, count: 64)
      let count = try child.output.read(into: &chunk)
      if count == 0 { break }
      got += chunk[0..<count]
    }
    #expect(got == listed)
    ChildProcess.killGroup(child.pid)
    #expect(try end(child).status == 128 + 9)
  }

  @Test(arguments: ["OTHER=1", "LD_PRELOAD=/tmp/x.so", "GIVEN", ""])
  func aVariableOfAnotherNameIsRefused(variable: String) throws {
    let starter = try starter("/bin/sh", "exit 0")
    #expect(throws: Errno.invalid) { _ = try starter.start(variables: ["GIVEN=1", variable]) }
    #expect(try end(starter.start(variables: [])).status == 0)
  }

  @Test func aFailedStartIsTheErrorOfExecAndLeavesNothing() throws {
    let starter = try starter("/nonexistent/program", "")
    for _ in 0..<2 { #expect(throws: Errno.noSuchFile) { _ = try starter.start(variables: []) } }
  }

  @Test func withoutAProgramItStartsNothing() throws {
    let starter = try ProgramStarter(nil, prefixes: [])
    #expect(throws: Errno.invalid) { _ = try starter.start(variables: []) }
  }

  @Test func onceItIsGoneThatIsSaidOnce() throws {
    let starter = try starter("/bin/sh", "exit 0")
    var count = 0
    starter.lost = { count += 1 }
    ChildProcess.kill(starter.pid)
    for _ in 0..<2 { #expect(throws: Errno.self) { _ = try starter.start(variables: []) } }
    #expect(count == 1)
  }
}
