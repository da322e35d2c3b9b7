package import SluiceSystem
private import Synchronization

/// The append-only, hash-chained record of what happened: one JSON object a line, sealed in blocks.
///
/// Records gather in a small mapped file beside the log (`NAME.pending`) and are written out in batches. The mapping is
/// shared, so a record is safe from kill -9 the moment it is stored, without a system call; its header says at which
/// place of the log the batch belongs, so that writing it out twice is harmless. After at most the sealing time a seal
/// line follows: SHA-256 over the previous seal's digest and the bytes of the records since. Changing, removing or
/// reordering a sealed record breaks its seal, and every later one builds on it.
///
/// One process writes it, from one thread.
package final class AuditLog {
  /// Bytes of the mapped file: enough that a batch is one large write, small enough to stay in the processor's cache.
  private static let mappedLength = 1 << 18
  /// A block is closed early when it has this many bytes: a start after a kill reads the open block into memory.
  private static let blockLimit = 1 << 22
  private static let headerLength = 64
  private static let magic: UInt64 = 0x3141_6563_6975_6c73  // "sluiceA1"
  package static let firstPrevious = String(repeating: "0", count: 64)

  let name: String
  let directory: Directory
  let mode: UInt32
  let owner: Owner?
  private var file: OwnedDescriptor
  private let mapped: MappedFile
  private let digest: BlockDigest
  private(set) var previous: String
  /// Bytes of the files before the one that is written.
  private(set) var base: Int64
  /// Place in the log where the batch in the mapping begins.
  private var offset: Int
  private var length = 0
  private var unsealed = 0
  private var blockLength = 0
  /// Number of the last record.
  package var sequence: Int64 { number }
  private var number: Int64

  /// Opens the log of a directory, completes what a killed writer left in the mapping, and goes on with its chain.
  /// - Parameter owner: whose its files are, where that is not the writer.
  package init(
    in directory: borrowing Directory, name: String, mode: UInt32, owner: Owner? = nil
  ) throws(Errno) {
    self.name = name
    self.mode = mode
    self.owner = owner
    self.directory = Directory(adopting: try directory.descriptor.duplicate(), path: directory.path)
    try Self.finishRotation(name, in: directory)
    let file = try directory.open(name, .readWriteCreating(mode: mode))
    let pending = try directory.open("\(name).pending", .readWriteCreating(mode: 0o600))
    if owner != nil {
      // In a directory of that user's a name may be one of a file of another place.
      for status in [try file.status(), try pending.status()] where status.kind != .regular || status.links != 1 {
        throw .invalid
      }
    }
    try file.setMode(mode)
    mapped = try MappedFile(pending, length: Self.mappedLength)
    if let owner {
      try file.setOwner(uid: owner.uid, gid: owner.gid)
      try pending.setOwner(uid: owner.uid, gid: owner.gid)
    }
    let header = Self.readHeader(mapped)
    var end = Int(try file.status().size)
    if header.magic == Self.magic, header.length > 0, header.length <= Self.mappedLength - Self.headerLength,
      header.offset >= 0, header.offset <= end
    {
      let bytes = unsafe mapped.bytes
      let batch = unsafe UnsafeRawBufferPointer(rebasing: bytes[Self.headerLength..<Self.headerLength + header.length])
      try unsafe file.writeAll(batch, at: header.offset)
      end = max(end, header.offset + header.length)
    }
    let tail = try AuditTail.read(file, end: end)
    if tail.end < end { try file.truncate(to: tail.end) }
    offset = tail.end
    base = tail.base
    previous = tail.previous
    number = tail.sequence
    unsealed = tail.unsealedRecords
    digest = try BlockDigest()
    digest.update(Array(previous.utf8))
    digest.update(tail.unsealedBytes)
    blockLength = tail.unsealedBytes.count
    self.file = consume file
    storeHeader()
  }

  /// Goes on in a file that has its first line already.
  func begin(_ next: consuming OwnedDescriptor, _ continuation: AuditContinuation, _ line: [UInt8]) {
    file = consume next
    base = continuation.position
    offset = line.count
    blockLength = line.count
    digest.update(line)
    storeHeader()
  }

  // MARK: For putting a replaced file back

  func writtenIdentity() throws(Errno) -> FileStatus.Identity { try file.status().identity }

  func copyWritten(to copy: borrowing OwnedDescriptor) throws(Errno) {
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var place = 0
    while place < offset {
      let count = try file.read(into: &buffer, from: 0, at: place)
      guard count > 0 else { throw .invalid }
      let part = min(count, offset - place)
      try copy.writeAll(part == buffer.count ? buffer : Array(buffer[..<part]), at: place)
      place += part
    }
  }

  func goOn(in copy: consuming OwnedDescriptor) { file = consume copy }

  /// The place in the log behind the last record, whether written out already or not.
  package var position: Int64 { base + Int64(offset + length) }
  package var hasUnsealed: Bool { unsealed > 0 }

  /// The number for the next record, which the caller puts into it as `seq`.
  package func nextSequence() -> Int64 {
    number += 1
    return number
  }

  /// Adds a record: JSON text of one object, without a newline. One that cannot be stored gives its number back.
  package func append(_ record: RawSpan) throws(Errno) {
    do throws(Errno) { try store(record) } catch {
      number -= 1
      throw error
    }
  }

  private func store(_ record: RawSpan) throws(Errno) {
    let count = record.byteCount
    let room = Self.mappedLength - Self.headerLength
    if length + count + 1 > room { if blockLength > Self.blockLimit { try seal() } else { try flush() } }
    if count + 1 > room {
      let line = unsafe record.withUnsafeBytes { unsafe Array($0) } + [UInt8(ascii: "\n")]
      try write(line)
      digest.update(line)
      offset += line.count
      blockLength += line.count
      storeHeader()
    } else {
      let bytes = unsafe mapped.bytes
      let start = Self.headerLength + length
      unsafe record.withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count]).copyMemory(from: $0)
      }
      unsafe bytes[start + count] = UInt8(ascii: "\n")
      length += count + 1
      storeLength()
    }
    unsealed += 1
  }

  package func append(_ record: [UInt8]) throws(Errno) { try unsafe append(record.span.bytes) }

  /// Writes the batch out.
  package func flush() throws(Errno) {
    guard length > 0 else { return }
    let bytes = unsafe mapped.bytes
    let batch = unsafe UnsafeRawBufferPointer(rebasing: bytes[Self.headerLength..<Self.headerLength + length])
    do throws(Errno) { try unsafe file.writeAll(batch, at: offset) } catch {
      takeBack()
      throw error
    }
    digest.update(unsafe Array(batch))
    offset += length
    blockLength += length
    length = 0
    storeHeader()
  }

  /// Writes out and closes the block with a seal line.
  package func seal() throws(Errno) {
    guard unsealed > 0 else { return }
    try flush()
    // The block stays open until its seal is written: on a full disk it is sealed later, with what came meanwhile.
    let sum = digest.soFar()
    let seal = AuditLine.Seal(records: unsealed, previous: previous, digest: sum)
    let line = Array(seal.text.utf8) + [UInt8(ascii: "\n")]
    try write(line)
    offset += line.count
    previous = sum
    digest.begin(after: previous)
    unsealed = 0
    blockLength = 0
    storeHeader()
  }

  private func write(_ line: [UInt8]) throws(Errno) {
    do throws(Errno) { try file.writeAll(line, at: offset) } catch {
      takeBack()
      throw error
    }
  }

  /// Part of a write may have reached the log before the disk was full; a reader would take it for a torn record.
  private func takeBack() { try? file.truncate(to: offset) }

  /// Sealed records reach the disk.
  package func synchronize() throws(Errno) { try file.synchronize() }

  private static func readHeader(_ mapped: borrowing MappedFile) -> (magic: UInt64, offset: Int, length: Int) {
    let bytes = unsafe mapped.bytes
    return unsafe (
      bytes.load(as: UInt64.self), Int(clamping: bytes.load(fromByteOffset: 8, as: Int64.self)),
      Int(clamping: bytes.load(fromByteOffset: 16, as: Int64.self))
    )
  }

  private func storeLength() {
    // The record's bytes come first: a kill between the two leaves a length that covers whole records only.
    atomicMemoryFence(ordering: .releasing)
    unsafe mapped.bytes.storeBytes(of: Int64(length), toByteOffset: 16, as: Int64.self)
  }

  private func storeHeader() {
    let bytes = unsafe mapped.bytes
    unsafe bytes.storeBytes(of: 0, toByteOffset: 16, as: Int64.self)
    atomicMemoryFence(ordering: .releasing)
    unsafe bytes.storeBytes(of: Self.magic, as: UInt64.self)
    unsafe bytes.storeBytes(of: Int64(offset), toByteOffset: 8, as: Int64.self)
    atomicMemoryFence(ordering: .releasing)
    unsafe bytes.storeBytes(of: Int64(length), toByteOffset: 16, as: Int64.self)
  }
}
