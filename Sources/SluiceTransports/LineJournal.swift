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

  let name: String
  private let file: OwnedDescriptor
  private let route: TransportKind
  private let principal: Principal
  private unowned let source: any DropSource
  private let sink: any MessageSink
  private let reader: MessageReader
  private let buffer: ReadBuffer
  private let limit: Int
  private var framer: LineFramer
  private var offset = 0
  private var lines = 0
  private var unsettled: Set<String> = []
  private var isHolding = false
  private(set) var isAtEnd = false
  private(set) var hasMore = false

  init(
    name: String, file: consuming OwnedDescriptor, route: TransportKind, principal: Principal, limit: Int,
    source: any DropSource, sink: any MessageSink, reader: MessageReader, buffer: ReadBuffer
  ) {
    self.name = name
    self.file = file
    self.route = route
    self.principal = principal
    self.source = source
    self.sink = sink
    self.reader = reader
    self.buffer = buffer
    self.limit = limit
    framer = LineFramer(limit: limit)
  }

  var isSettled: Bool { isHandled && framer.isEmpty }
  /// Every whole line has been handed out and settled; the beginning of one may be there.
  var isHandled: Bool { isAtEnd && unsettled.isEmpty }
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
    while unsettled.count < Self.window {
      if offset >= end {
        hasMore = true
        return
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

  /// Whether what stands behind the last newline is one whole message.
  func restIsWhole() -> Bool {
    guard !isHolding, framer.pendingCount > 0 else { return false }
    return framer.restIs { bytes in
      do throws(Refusal) { _ = try reader.read(bytes) } catch { return false }
      return true
    }
  }

  /// Takes what stands behind the last newline, where nothing can follow any more: a message, or spoiled bytes.
  func takeRest() {
    guard isAtEnd, !isHolding else { return }
    framer.endOfStream(
      message: { bytes in
        deliver { drop in
          do throws(Refusal) {
            _ = try reader.read(bytes)
            sink.dropped(bytes, drop)
          } catch { sink.spoiled(bytes, error, drop) }
        }
      }, fault: { fault($0) })
  }

  func settle(_ id: String) { unsettled.remove(id) }

  private func hand(_ bytes: RawSpan) -> Bool {
    deliver { sink.dropped(bytes, $0) }
    isHolding = unsettled.count >= Self.window
    return !isHolding
  }

  private func fault(_ fault: LineFramer.Fault) {
    guard fault == .tooLarge else { return }
    let refusal = Refusal.tooLarge(limit: limit)
    let none: [UInt8] = []
    deliver { drop in unsafe sink.spoiled(none.span.bytes, refusal, drop) }
  }

  private func deliver(_ body: (Drop) -> Void) {
    let id = "\(name)-\(lines)"
    lines += 1
    unsettled.insert(id)
    body(Drop(id: id, route: route, principal: principal, source: source))
  }
}
