internal import SluiceChannel
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// The relay's connection to the server: sends lines within a window, and reports what is settled.
///
/// While there is no server it tries again; what was sent and not settled is then sent again, since the server knows
/// the ids that it has handled.
final class ServerLink: ReadinessHandler {
  private static let retry: Int64 = 200_000_000

  private let directory: String
  private let name: String
  private let reactor: Reactor
  private var socket: OwnedDescriptor?
  private var registration: Reactor.Registration?
  /// Bytes of one line: an outcome with its reply, every byte of which may be escaped.
  private static let lineLimit = 2 << 20
  private var framer = LineFramer(limit: ServerLink.lineLimit)
  private let buffer = ReadBuffer()
  private var output: [UInt8] = []
  private var isWaitingForRoom = false
  private var sent = 0
  private var complaint = ""

  var connected: () -> Void = {}
  var disconnected: () -> Void = {}
  /// An id, and the reply to it where one is wanted in a file.
  var settled: (String, [UInt8]?) -> Void = { _, _ in }
  /// Whether drops are left in their slots, and whether what is pending goes back there.
  var held: (_ holding: Bool, _ returning: Bool) -> Void = { _, _ in }
  /// Answers to a request to withdraw: what is ours again, and what stays the server's.
  var withdrawn: (_ ids: [String], _ kept: [String]) -> Void = { _, _ in }
  var noticed: (String) -> Void = { _ in }

  private let trust: ServerTrust

  init(directory: String, name: String, trust: ServerTrust, reactor: Reactor) {
    self.trust = trust
    self.directory = directory
    self.name = name
    self.reactor = reactor
  }

  var isConnected: Bool { registration != nil }
  /// Bytes that wait to go out.
  var waiting: Int { output.count - sent }

  /// Connects, now or as soon as there is a server.
  func start() {
    do throws(Errno) {
      let held: Directory
      do throws(UnsafePath) { held = try trust.checkedForLookup(directory) } catch { return complain("\(error)") }
      let made = try UnixSocket.connect(in: held, name: name, nonblocking: true)
      if let complaint = try trust.complaint(of: made) { return complain(complaint) }
      registration = try reactor.register(made, for: .read, handler: self)
      socket = consume made
      framer = LineFramer(limit: Self.lineLimit)
      output = []
      sent = 0
      isWaitingForRoom = false
      complaint = ""
      connected()
    } catch { complain("\(error)") }
  }

  private func complain(_ reason: String) {
    let text = "no server at \(directory)/\(name) (\(reason)); claims wait in the spool"
    if text != complaint { noticed(text) }
    complaint = text
    reactor.schedule(after: Self.retry) { [weak self] in self?.start() }
  }

  func send(_ line: [UInt8]) {
    add(line)
    flush()
  }

  /// Puts a line behind those that `flush` sends.
  func add(_ line: [UInt8]) {
    guard isConnected else { return }
    output.append(contentsOf: line)
    output.append(UInt8(ascii: "\n"))
  }

  func ready(_ readiness: Readiness) {
    if readiness.contains(.write) { flush() }
    guard isConnected, readiness != .write else { return }
    do throws(Errno) {
      guard let count = try read() else { return }
      if count == 0 { return lose("the server closed the connection") }
      buffer.withBytes(count) { bytes in
        framer.consume(
          bytes,
          message: { line in
            take(line)
            return true
          }, fault: { _ in noticed("the server sent an overlong line") })
      }
    } catch { lose("the connection to the server failed: \(error)") }
  }

  private func read() throws(Errno) -> Int? {
    switch socket {
    case .some(let descriptor): try buffer.fill(from: descriptor)
    case .none: nil
    }
  }

  private func write() throws(Errno) -> Int? {
    switch socket {
    case .some(let descriptor): try descriptor.send(output, from: sent)
    case .none: nil
    }
  }

  func flush() {
    guard isConnected else { return }
    do throws(Errno) {
      while sent < output.count {
        guard let count = try write() else { break }
        sent += count
      }
      if sent == output.count {
        output.removeAll(keepingCapacity: output.capacity < 1 << 20)
        sent = 0
      }
      guard let registration, isWaitingForRoom != (sent < output.count) else { return }
      isWaitingForRoom = sent < output.count
      try reactor.update(registration, for: isWaitingForRoom ? [.read, .write] : .read)
    } catch { lose("the connection to the server failed: \(error)") }
  }

  /// Begins anew, so that both sides know where they stand.
  func renew(_ reason: String) { if isConnected { lose(reason) } }

  private func lose(_ reason: String) {
    if let registration { reactor.remove(registration) }
    registration = nil
    socket = nil
    noticed(reason)
    disconnected()
    reactor.schedule(after: Self.retry) { [weak self] in self?.start() }
  }

  private func take(_ line: RawSpan) {
    let bytes = unsafe line.withUnsafeBytes { unsafe Array($0) }
    if let id = RelayWords.settledID(bytes) { return settled(id, nil) }
    guard let value = try? JSON5.parse(bytes), case .object(let object) = value.kind else { return }
    if case .string(let id)? = object["settled"]?.kind {
      var reply: [UInt8]?
      if case .string(let text)? = object["reply"]?.kind { reply = Array(text.utf8) }
      settled(id, reply)
    }
    if case .boolean(let holding)? = object["hold"]?.kind {
      held(holding, object["return"]?.kind == .boolean(true))
    }
    if case .array(let list)? = object["withdrawn"]?.kind {
      var kept: [JSON5Value] = []
      if case .array(let found)? = object["kept"]?.kind { kept = found }
      withdrawn(Self.texts(list), Self.texts(kept))
    }
  }

  private static func texts(_ list: [JSON5Value]) -> [String] {
    list.compactMap { if case .string(let text) = $0.kind { text } else { nil } }
  }
}
