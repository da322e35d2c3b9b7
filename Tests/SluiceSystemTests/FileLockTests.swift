import SluiceSystem
import SluiceTestSupport
import Testing

/// flock(2) and read leases.
@Suite struct FileLockTests {
  init() { SignalReceiver.ignoreHarmless() }

  @Test func oneHolderAtATime() throws {
    let root = try TemporaryDirectory()
    let directory = try root.directory()
    let first = try directory.open("lock", .readWriteCreating(mode: 0o600))
    let second = try directory.open("lock", .readWrite)
    #expect(try first.tryLockExclusive() == true)
    #expect(try second.tryLockExclusive() == false)
    #expect(try second.lockExclusive(before: Clock.monotonic + 1_000_000) == false)
    try first.unlock()
    #expect(try second.lockExclusive(before: Clock.monotonic) == true)
    #expect(try first.tryLockExclusive() == false)
  }

  @Test func itDiesWithItsLastDescriptor() throws {
    let root = try TemporaryDirectory()
    let directory = try root.directory()
    let other = try directory.open("lock", .readWriteCreating(mode: 0o600))
    let first = try directory.open("lock", .readWrite)
    let duplicate = try first.duplicate()
    #expect(try duplicate.tryLockExclusive() == true)
    try first.close()
    #expect(try other.tryLockExclusive() == false)
    try duplicate.close()
    #expect(try other.tryLockExclusive() == true)
  }

  @Test func aLeaseIsForFilesThatNobodyWrites() throws {
    let root = try TemporaryDirectory()
    let directory = try root.directory()
    let writer = try directory.open("file", .createNew(mode: 0o600))
    let reader = try directory.open("file", .readUntrusted)
    #expect(reader.takeReadLease() == .writerPresent)
    try writer.close()
    #expect(reader.takeReadLease() == .granted)
    #expect(reader.holdsReadLease() == true)
    reader.releaseLease()
    #expect(reader.holdsReadLease() == false)
  }

  @Test func aWriterThatComesBackIsSeen() throws {
    let root = try TemporaryDirectory()
    try root.write("file", "x")
    let directory = try root.directory()
    let reader = try directory.open("file", .readUntrusted)
    try #require(reader.takeReadLease() == .granted)
    // The opener that does not wait breaks the lease and is told to come again.
    #expect(throws: Errno.wouldBlock) { _ = try Directory.open(root.path).open("file", .writeEndOfFIFO) }
    #expect(reader.holdsReadLease() == false)
    reader.releaseLease()
  }
}
