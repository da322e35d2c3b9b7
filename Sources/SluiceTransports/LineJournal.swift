internal import SluiceChannel
internal import SluicePolicy
internal import SluiceSystem
internal import SluiceWire

/// Hands out the lines of a file that only we write or own, a window of them at a time, until all are settled.
///
/// A line's id is the file's name and the line's number, so that reading the file again after a crash gives the same
/// ids: the sink knows which of them have an outcome already.
final class LineJournal {
  /// Messages that may be unsettled at once: what one way in can hold of the handler's queue.
  static let window = 64
  /// Bytes that are read before others have their turn.
  private static let bytesATurn = 4 << 20

  /// Bytes of a line beside its message: the digest that a long one needs must not make a message too large that is not.
  private static let envelopeRoom = 512

  let name: String
  /// Other writers' bytes may stand among those of one: see `LineMixing`.
  private let mayMix: Bool
  /// The path at which its lines were left, where that is to be told.
  private let path: String?
  private let file: OwnedDescriptor
  private let route: TransportKind
  private let principal: Principal
  private unowned let source: any DropSource
  private let sink: any MessageSink
  private let reader: MessageReader
  private let buffer: ReadBuffer
  private let limit: Int
  private let lineLimit: Int
  private var framer: LineFramer
  private var offset = 0
  private var lines = 0
  private var mixing = LineMixing()
  /// A line that has to wait for what is found behind it.
  private var heldLine: [UInt8]?
  private var unsettled: Set<String> = []
  private var isHolding = false
  private(set) var isAtEnd = false
  private(set) var hasMore = false

  init(
    name: String, file: consuming OwnedDescriptor, route: TransportKind, principal: Principal, limit: Int,
    source: any DropSource, sink: any MessageSink, reader: MessageReader, buffer: ReadBuffer, mayMix: Bool = false,
    path: String? = nil
  ) {
    self.mayMix = mayMix
    self.path = path
    self.name = name
    self.file = file
    self.route = route
    self.principal = principal
    self.source = source
    self.sink = sink
    self.reader = reader
    self.buffer = buffer
    self.limit = limit
    lineLimit = limit + (mayMix ? Self.envelopeRoom : 0)
    framer = LineFramer(limit: lineLimit)
  }

  var isSettled: Bool { isHandled && framer.isEmpty }
  /// Every whole line has been handed out and settled; the beginning of one may be there.
  var isHandled: Bool { isAtEnd && unsettled.isEmpty && !isSuspended }
  /// Nothing more is handed out before it is known whether its pipe has writers: see `resume`.
  var isSuspended: Bool { mixing.isSuspended }
  var hasHandedOut: Bool { lines > 0 }
  var isUnsettled: Bool { !unsettled.isEmpty }
  /// In the middle of a line that is too large.
  var isSkipping: Bool { !framer.isEmpty && framer.pendingCount == 0 }
  /// Bytes behind the last newline that are kept for their line.
  var unfinishedCount: Int { framer.pendingCount }
  var hasUnfinishedLine: Bool { !framer.isEmpty }
  /// Bytes handed out or held so far.
  var consumed: Int { offset }

  func owns(_ id: String) -> Bool { unsettled.contains(id) }

  /// Reads on as far as the window allows.
  ///
  /// Bytes that are no messages (blank lines, a line over the limit) do not fill the window, so the bytes of one turn are
  /// bounded too: `hasMore` then says that there is more to do.
  func advance() throws(Errno) {
    let end = offset + Self.bytesATurn
    hasMore = false
    while unsettled.count < Self.window, mayGoOn {
      if offset >= end {
        hasMore = true
        return
      }
      if let line = heldLine {
        heldLine = nil
        unsafe judge(line.span.bytes)
        continue
      }
      if isHolding {
        isHolding = false
        framer.resume(message: { hand($0) }, fault: { fault($0) })
        continue
      }
      let count = try buffer.fill(from: file, at: offset)
      isAtEnd = count == 0
      if count == 0 { return }
      offset += count
      buffer.withBytes(count) { framer.consume($0, message: { hand($0) }, fault: { fault($0) }) }
    }
  }

  /// The rest of a line that is too large is read over even while others wait: left in the pipe, it would keep its
  /// writer waiting, and so keep the pipe from ever having none.
  private var mayGoOn: Bool { !isSuspended || isSkipping && !isHolding && heldLine == nil }

  /// Whether what stands behind the last newline is one whole message.
  func restIsWhole() -> Bool {
    guard !isHolding, framer.pendingCount > 0 else { return false }
    return framer.restIs { bytes in
      do throws(Refusal) { _ = try reader.read(bytes) } catch { return false }
      return true
    }
  }

  /// Goes on after a suspension.
  /// - Parameters:
  ///   - isQuiet: nobody had the pipe open when its bytes up to `end` had been taken: whoever wrote them is done.
  ///   - end: bytes of the file.
  func resume(isQuiet: Bool, end: Int) throws(Errno) {
    guard isSuspended else { return }
    let ahead = try look(upTo: end)
    if isQuiet { mixing.settled(lastDoubtful: ahead.lastDoubtful) } else { mixing.gaveUp(at: ahead.count, from: lines) }
  }

  /// Whether it is suspended behind its last whole line.
  func isExhausted(end: Int) throws(Errno) -> Bool {
    guard isSuspended, unsettled.isEmpty, heldLine == nil else { return false }
    return try look(upTo: end).count <= lines
  }

  /// Every whole line of the file, looked at only: how many there are, and the last that makes others doubtful.
  private func look(upTo end: Int) throws(Errno) -> (count: Int, lastDoubtful: Int?) {
    var ahead = LineFramer(limit: lineLimit)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var (count, place) = (0, 0)
    var last: Int?
    while place < end {
      let read = try file.read(into: &chunk, from: 0, at: place)
      if read == 0 { break }
      let length = min(read, end - place)
      place += read
      unsafe ahead.consume(
        chunk.span.bytes.extracting(0..<length),
        message: { bytes in
          if LineMixing.isMark(bytes) { return true }
          if LineMixing.isDoubtful(bytes, reader) { last = count }
          count += 1
          return true
        },
        fault: { fault in
          guard fault == .tooLarge else { return }
          last = count
          count += 1
        })
    }
    return (count, last)
  }

  /// Takes what stands behind the last newline, where nothing can follow any more: a message, or spoiled bytes.
  func takeRest() {
    guard isAtEnd, !isHolding, !isSuspended else { return }
    framer.endOfStream(
      message: { bytes in
        deliver { drop in
          if mayMix, let refusal = mixing.refusal(of: bytes, number: lines - 1, reader) ?? oversize(bytes) {
            return sink.spoiled(bytes, refusal, drop)
          }
          do throws(Refusal) {
            _ = try reader.read(bytes)
            sink.dropped(bytes, drop)
          } catch { sink.spoiled(bytes, error, drop) }
        }
      }, fault: { fault($0) })
  }

  func settle(_ id: String) { unsettled.remove(id) }

  private func hand(_ bytes: RawSpan) -> Bool {
    if mayMix {
      if LineMixing.isMark(bytes) {
        mixing.suspend()
      } else if isSuspended {
        // It came behind one that was too large, which cannot hold the stream back.
        heldLine = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
      } else {
        judge(bytes)
      }
    } else {
      deliver { sink.dropped(bytes, $0) }
    }
    isHolding = unsettled.count >= Self.window || isSuspended
    return !isHolding
  }

  private func judge(_ bytes: RawSpan) {
    let number = lines
    if let refusal = mixing.refusal(of: bytes, number: number, reader) ?? oversize(bytes) {
      deliver { sink.spoiled(bytes, refusal, $0) }
    } else {
      deliver { sink.dropped(bytes, $0) }
    }
    mixing.passed(number, isDoubtful: LineMixing.isDoubtful(bytes, reader))
  }

  private func oversize(_ bytes: RawSpan) -> Refusal? {
    guard bytes.byteCount > limit else { return nil }
    if let message = try? reader.read(bytes), message.isEnvelope, let range = try? reader.openEnvelope(bytes).message,
      range.count <= limit
    {
      return nil
    }
    return .tooLarge(limit: limit)
  }

  private func fault(_ fault: LineFramer.Fault) {
    guard fault == .tooLarge else { return }
    let refusal = Refusal.tooLarge(limit: limit)
    let none: [UInt8] = []
    let number = lines
    deliver { drop in unsafe sink.spoiled(none.span.bytes, refusal, drop) }
    if mayMix { mixing.passed(number, isDoubtful: true) }
  }

  private func deliver(_ body: (Drop) -> Void) {
    let id = "\(name)-\(lines)"
    lines += 1
    unsettled.insert(id)
    var drop = Drop(id: id, route: route, principal: principal, source: source)
    drop.path = path
    body(drop)
  }
}
