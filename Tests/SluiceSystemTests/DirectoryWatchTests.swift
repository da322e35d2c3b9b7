import Glibc
import SluiceSystem
import SluiceTestSupport
import Testing

/// The directory watch. One is allowed a process, so each test is a process of its own.
@Suite struct DirectoryWatchTests {
  @Test func oneAProcess() async {
    await #expect(processExitsWith: .success) {
      do {
        let first = try DirectoryWatch()
        #expect(throws: DirectoryWatch.Failure.alreadyInUse) { _ = try DirectoryWatch() }
        withExtendedLifetime(first) {}
      }
      // When it is gone, the next may come.
      _ = try DirectoryWatch()
    }
  }

  @Test("12: every kind of name, and each change")
  func everyKindOfNameAndChange() async {
    await #expect(processExitsWith: .success) {
      let root = try TemporaryDirectory()
      try root.makeDirectory("drop")
      try root.makeDirectory("elsewhere")
      let watch = try DirectoryWatch()
      let number = try watch.add(try Directory.open("\(root.path)/drop"))
      let names: [[UInt8]] = [
        Array("plain".utf8), Array("two\nlines\n".utf8), [0xff, 0xfe, 0x80], Array("ü %s $(x) \\".utf8),
        [UInt8](repeating: UInt8(ascii: "n"), count: 255),
      ]
      for name in names {
        let path = (Array("\(root.path)/drop/".utf8) + name + [0]).map { CChar(bitPattern: $0) }
        #expect(close(open(path, O_CREAT | O_WRONLY, 0o600)) == 0)
      }
      try root.write("elsewhere/moved", "x")
      try #require(rename("\(root.path)/elsewhere/moved", "\(root.path)/drop/moved") == 0)
      var seen: [[UInt8]: Int] = [:]
      watch.wait(milliseconds: 20_000) { event in
        guard case .changed(number, let name, _) = event else {
          Issue.record("unexpected: \(event)")
          return
        }
        seen[name, default: 0] += 1
      }
      // Created and closed after writing, each an event; moved in, one.
      for name in names { #expect(seen[name] == 2) }
      #expect(seen[Array("moved".utf8)] == 1)
      #expect(seen.count == names.count + 1)
    }
  }

  @Test("8: a directory that is moved away is lost")
  func aDirectoryThatIsMovedAwayIsLost() async {
    await #expect(processExitsWith: .success) {
      let root = try TemporaryDirectory()
      try root.makeDirectory("drop")
      let watch = try DirectoryWatch()
      let number = try watch.add(try Directory.open("\(root.path)/drop"))
      try root.directory().rename("drop", to: "moved")
      var events: [DirectoryWatch.Event] = []
      watch.wait(milliseconds: 20_000) { events.append($0) }
      #expect(events == [.lost(watch: number, reason: .directoryGone)])
    }
  }

  @Test("4: another thread ends the wait")
  func anotherThreadEndsTheWait() async {
    await #expect(processExitsWith: .success) {
      let root = try TemporaryDirectory()
      let watch = try DirectoryWatch()
      _ = try watch.add(try root.directory())
      let interrupter = try watch.interrupter()
      let start = Clock.monotonic
      try SystemThread.start("interrupt") { interrupter.interrupt() }
      watch.wait(milliseconds: 60_000) { Issue.record("unexpected: \($0)") }
      #expect(Clock.monotonic - start < 30_000_000_000)
      // It was used up: the next wait ends by its own time.
      let again = Clock.monotonic
      watch.wait(milliseconds: 20) { Issue.record("unexpected: \($0)") }
      #expect(Clock.monotonic - again >= 15_000_000)
    }
  }

  @Test func theBellRingsBesideTheWatch() async {
    await #expect(processExitsWith: .success) {
      let root = try TemporaryDirectory()
      var bell: DirectoryWatch.Bell?
      do {
        let watch = try DirectoryWatch()
        let number = try watch.add(try root.directory())
        let made = try watch.bell()
        bell = made
        #expect(try !Wait.ready(made.descriptor, before: Clock.monotonic + 1_000_000))
        try root.write("name", "x")
        #expect(try Wait.ready(made.descriptor, before: Clock.monotonic + 20_000_000_000))
        // Who hears it has read nothing of it: the file was moved in, and closed after that.
        var seen = 0
        watch.wait(milliseconds: 20_000) { event in
          if case .changed(number, Array("name".utf8), _) = event { seen += 1 }
        }
        #expect(seen == 2)
        #expect(try !Wait.ready(made.descriptor, before: Clock.monotonic + 1_000_000))
      }
      // One that is held on to is in nobody's way.
      let next = try DirectoryWatch()
      _ = try next.add(try root.directory())
      try root.write("other", "x")
      var seen = 0
      next.wait(milliseconds: 20_000) { _ in seen += 1 }
      #expect(seen == 3)
      withExtendedLifetime(bell) {}
    }
  }

  @Test func anInterruptedWaitSaysSo() async {
    await #expect(processExitsWith: .success) {
      let root = try TemporaryDirectory()
      let watch = try DirectoryWatch()
      _ = try watch.add(try root.directory())
      #expect(!watch.wait(milliseconds: 1) { _ in })
      try watch.interrupter().interrupt()
      #expect(watch.wait(milliseconds: 20_000) { _ in })
      // Together with an event, too.
      try root.write("name", "x")
      try watch.interrupter().interrupt()
      var seen = 0
      #expect(watch.wait(milliseconds: 20_000) { _ in seen += 1 })
      #expect(seen == 3)
    }
  }

  @Test("7: its descriptor is closed on exec")
  func itsDescriptorIsClosedOnExec() async {
    await #expect(processExitsWith: .success) {
      let watch = try DirectoryWatch()
      var flags: [Int32] = []
      for name in try Directory.open("/proc/self/fd").names() {
        var buffer = [CChar](repeating: 0, count: 64)
        let length = readlink("/proc/self/fd/\(name)", &buffer, 63)
        guard length > 0, let number = Int32(name) else { continue }
        let target = buffer[..<length].map { UInt8(bitPattern: $0) }
        if target == Array("anon_inode:inotify".utf8) { flags.append(fcntl(number, F_GETFD)) }
      }
      #expect(flags == [FD_CLOEXEC])
      withExtendedLifetime(watch) {}
    }
  }

  @Test("3: an empty queue is no wait")
  func anEmptyQueue() async {
    await #expect(processExitsWith: .success) {
      let root = try TemporaryDirectory()
      let watch = try DirectoryWatch()
      _ = try watch.add(try root.directory())
      // The best of several: others use the machine, too.
      var best = Int64.max
      for _ in 0..<5 {
        let start = Clock.monotonic
        watch.wait(milliseconds: 0) { Issue.record("unexpected: \($0)") }
        best = min(best, Clock.monotonic - start)
      }
      #expect(best < 10_000_000)
    }
  }

  @Test("7: above 1023 descriptors it is refused in words, and a later one works")
  func tooManyDescriptors() async {
    await #expect(processExitsWith: .success) {
      Process.raiseOpenFilesLimit()
      var held: [Int32] = []
      for _ in 0..<1030 { held.append(open("/dev/null", O_RDONLY)) }
      try #require(held.allSatisfy { $0 >= 0 })
      do throws(DirectoryWatch.Failure) {
        _ = try DirectoryWatch()
        Issue.record("it works with a descriptor that select(2) cannot take")
      } catch {
        guard case .descriptorTooHigh(let number) = error else {
          Issue.record("\(error)")
          return
        }
        #expect(number >= 1024 && error.description.contains("below 1024"))
      }
      for number in held { close(number) }
      let root = try TemporaryDirectory()
      _ = try DirectoryWatch().add(try root.directory())
    }
  }

  @Test("what happens to a name is told when it is observed")
  func observed() async {
    await #expect(processExitsWith: .success) {
      let root = try TemporaryDirectory()
      let watch = try DirectoryWatch()
      _ = try watch.addForObserving(try root.directory())
      try root.write("x", "text")
      _ = try root.read("x")
      try root.directory().unlink("x")
      var seen: DirectoryActivity = []
      watch.observe(milliseconds: 20_000) { _, activity, name in
        if name == Array("x".utf8) { seen.formUnion(activity) }
      }
      #expect(seen.isSuperset(of: [.movedIn, .opened, .read, .closedAfterReading, .removed]), "\(seen)")
    }
  }
}
