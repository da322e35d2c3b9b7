internal import SluiceSystem
internal import SluiceWire

/// Which lines of a pipe are what one writer wrote; pure.
///
/// A write(2) of at most `atomicLength` bytes stays whole in a pipe, a longer one goes in as there is room, and what
/// others write comes to stand in between (pipe(7)). A lock helps only those who take it: whoever does not writes into
/// the middle of a locked writer's line. So a longer line is believed only where it carries the digest of its message.
///
/// A short line can be a mix as well: the first piece of one long line and the last of another. Then the other's first
/// piece stood in an earlier line, which is therefore no JSON text, or too long; and the first one's last piece is still
/// to come, as such a line too. So while every line is good, nobody is in the middle of one. Behind a doubtful line the
/// others wait until nobody has the pipe open: those behind the last doubtful one are good, those between are not. (This
/// holds for writers of JSON objects that write lines of up to `atomicLength` bytes at once.)
struct LineMixing {
  /// Bytes, with the newline, that write(2) puts into a pipe in one piece: PIPE_BUF of pipe(7).
  static let atomicLength = 4096
  /// A line that we put at the beginning of a journal which goes on with a doubtful one.
  static let mark: [UInt8] = [UInt8(ascii: "{"), 0]

  private(set) var isSuspended = false
  /// Lines with a lower number are believed only with a digest.
  private var suspects = 0
  private var suspendsAgain = false

  mutating func suspend() { isSuspended = true }

  /// Nobody is in the middle of a line.
  /// - Parameter lastDoubtful: number of the last doubtful line that has come.
  mutating func settled(lastDoubtful: Int?) {
    isSuspended = false
    suspendsAgain = false
    suspects = lastDoubtful.map { $0 + 1 } ?? 0
  }

  /// Somebody has had the pipe open for too long: all that has come is doubtful, and what comes too.
  mutating func gaveUp(at count: Int, from next: Int) {
    suspects = count
    suspendsAgain = true
    isSuspended = count <= next
  }

  /// Why a line is not to be believed; nil where it is, or where it is no JSON text anyway.
  func refusal(of bytes: RawSpan, number: Int, _ reader: MessageReader) -> Refusal? {
    let isLong = Self.isLong(bytes)
    guard isLong || number < suspects, !Self.isVouched(bytes, reader) else { return nil }
    if isLong { return .longLine }
    return reader.isText(bytes) ? .doubtfulLine : nil
  }

  /// A line was handed on.
  mutating func passed(_ number: Int, isDoubtful: Bool) {
    if number >= suspects ? isDoubtful : number + 1 == suspects && suspendsAgain { isSuspended = true }
  }

  static func isMark(_ bytes: RawSpan) -> Bool {
    if bytes.byteCount != mark.count { return false }
    return unsafe bytes.withUnsafeBytes { unsafe $0.elementsEqual(mark) }
  }

  /// Whether the beginning of somebody's line may be among these bytes. Messages are objects: without a brace there is
  /// none, and a whole JSON text has no room for one.
  static func isDoubtful(_ bytes: RawSpan, _ reader: MessageReader) -> Bool {
    if isLong(bytes) { return !isVouched(bytes, reader) }
    if reader.isText(bytes) { return false }
    return unsafe bytes.withUnsafeBytes { unsafe $0.contains(UInt8(ascii: "{")) }
  }

  private static func isLong(_ bytes: RawSpan) -> Bool { bytes.byteCount >= atomicLength }

  /// Whether it carries the digest of its message.
  private static func isVouched(_ bytes: RawSpan, _ reader: MessageReader) -> Bool {
    guard let message = try? reader.read(bytes), message.isEnvelope,
      let envelope = try? reader.openEnvelope(bytes), let digest = envelope.digest, let range = envelope.message
    else { return false }
    let sum = Digest()
    unsafe bytes.extracting(range).withUnsafeBytes { unsafe sum.update($0) }
    return sum.finish() == digest
  }
}

extension Refusal {
  fileprivate static let longLine = Refusal(
    .invalidRequest, "not a message",
    reason:
      "a line of more than \(LineMixing.atomicLength) bytes without its digest: other writers' bytes may be in it")
  fileprivate static let doubtfulLine = Refusal(
    .invalidRequest, "not a message",
    reason: "it came between pieces of lines: other writers' bytes may be in it")
}
