internal import SluiceChannel
internal import SluiceSystem
internal import SluiceTransports

/// The side of a handover that takes: asks a running server for everything that it has.
final class HandoverTaker {
  /// The old server waits for its calls in flight and then passes everything over.
  private static let patience = HandoverGiver.waitLimit + 6_000_000_000

  private let line: PacketLine
  let state: HandoverState
  /// Why it took everything back.
  private var refusal: String?
  private var descriptors: [String: HandedDescriptor] = [:]
  private(set) var conversations: [(descriptor: HandedDescriptor, carried: CarriedConversation)] = []

  private init(line: PacketLine, state: HandoverState, descriptors: [HandedDescriptor]) {
    self.line = line
    self.state = state
    for (name, descriptor) in zip(state.descriptors, descriptors) { self.descriptors[name] = descriptor }
  }

  /// Takes over from the server that is reached through `sender`; nil where none runs, or where it ended meanwhile: then
  /// the channel is free.
  static func take(_ sender: SocketSender) throws(ServiceFailure) -> HandoverTaker? {
    let deadline = Clock.monotonic + patience
    do throws(TransportFailure) {
      guard let line = try ask(sender, deadline) else { return nil }
      let taker: HandoverTaker?
      do throws(Errno) { taker = try receive(line, deadline) } catch {
        throw TransportFailure(.busy, "the running server did not hand over (\(error)); it goes on serving")
      }
      if let reason = taker?.refusal {
        throw TransportFailure(.busy, "the running server did not hand over: \(reason); it goes on serving")
      }
      return taker
    } catch {
      if error.kind == .notRunning { return nil }
      throw ServiceFailure(error)
    }
  }

  private static func ask(_ sender: SocketSender, _ deadline: Int64) throws(TransportFailure) -> PacketLine? {
    let socket = try sender.connect(before: deadline)
    let answer: (bytes: [UInt8], descriptors: [HandedDescriptor])
    do throws(Errno) { answer = try Self.answer(socket, deadline) } catch {
      if error == .connectionReset || error == .brokenPipe { return nil }
      throw TransportFailure(error, doing: "ask for a handover at", path: "the control socket")
    }
    if let end = answer.descriptors.first?.take() { return PacketLine(end) }
    guard !answer.bytes.isEmpty else { return nil }
    throw TransportFailure(.busy, refusal(in: answer.bytes))
  }

  private static func answer(
    _ socket: borrowing OwnedDescriptor, _ deadline: Int64
  ) throws(Errno) -> (bytes: [UInt8], descriptors: [HandedDescriptor]) {
    guard try socket.send(ControlRequest.handover.json + [UInt8(ascii: "\n")], passing: []) else {
      throw Errno.wouldBlock
    }
    while try Wait.ready(socket, before: deadline) {
      if let answer = try socket.receive(capacity: 65536) { return answer }
    }
    throw Errno.timedOut
  }

  private static func refusal(in bytes: [UInt8]) -> String {
    guard let value = try? JSON5.parse(bytes), case .object(let object) = value.kind,
      case .string(let text)? = object["error"]?.kind
    else { return "the running server did not understand; is it of an older version?" }
    return "the running server does not hand over: \(text)"
  }

  private static func receive(_ line: PacketLine, _ deadline: Int64) throws(Errno) -> HandoverTaker? {
    guard let first = try line.receive(before: deadline) else { return nil }
    let packet = HandoverPacket(first.bytes)
    if case .abort(let reason)? = packet {
      let taker = HandoverTaker(line: line, state: HandoverState(), descriptors: [])
      taker.refusal = reason
      return taker
    }
    guard case .state(let state)? = packet, state.descriptors.count == first.descriptors.count else {
      throw .protocolFault
    }
    let taker = HandoverTaker(line: line, state: state, descriptors: first.descriptors)
    while let packet = try line.receive(before: deadline) {
      switch HandoverPacket(packet.bytes) {
      case .abort(let reason)?:
        taker.refusal = reason
        return taker
      case .conversations(let shapes)? where shapes.count == packet.descriptors.count:
        guard try taker.take(shapes, packet.descriptors, deadline) else { return nil }
      case .end?:
        guard taker.conversations.count == state.conversations else { throw .protocolFault }
        return taker
      default: throw .protocolFault
      }
    }
    return nil
  }

  private func take(
    _ shapes: [HandoverPacket.Shape], _ descriptors: [HandedDescriptor], _ deadline: Int64
  ) throws(Errno) -> Bool {
    let expected = shapes.reduce(0) { $0 + $1.inputCount + $1.outputCount }
    var bytes: [UInt8] = []
    while bytes.count < expected {
      guard let packet = try line.receive(before: deadline) else { return false }
      guard case .bytes(let more)? = HandoverPacket(packet.bytes) else { throw .protocolFault }
      bytes += more
    }
    var start = 0
    for (shape, descriptor) in zip(shapes, descriptors) {
      guard let carried = shape.conversation(from: bytes, at: &start) else { throw .protocolFault }
      conversations.append((descriptor, carried))
    }
    return true
  }

  /// The channel's lock, held.
  func serviceLock() -> OwnedDescriptor? { descriptors["serve.lock"]?.take() }

  /// A listener with its lock.
  func listener(_ name: String) -> HandedListener? {
    guard let listener = descriptors[name], listener.raw != nil else { return nil }
    return HandedListener(
      listener: listener, lock: descriptors["\(name).lock"], isInherited: state.inherited.contains(name))
  }

  /// Tells the old server that nothing is left that can fail, and waits for its word. An old server that ends meanwhile
  /// leaves everything to us as well; one that only hung up has left word in the token's queue.
  func settle() throws(ServiceFailure) {
    let deadline = Clock.monotonic + Self.patience
    guard let queue = descriptors[HandoverState.token]?.take() else {
      throw ServiceFailure(.failed, "the running server spoke out of turn")
    }
    let packet: PacketLine.Packet?
    do throws(Errno) {
      do throws(Errno) { try line.send(HandoverPacket.prepared.encoded, before: deadline) } catch {
        guard error == .brokenPipe || error == .connectionReset else { throw error }
      }
      StopPoint.handoverPrepared.pass()
      packet = try PacketLine(queue).receive(before: deadline)
    } catch { throw ServiceFailure(.busy, "the running server did not hand over: \(error); it goes on serving") }
    guard let packet else { return }
    StopPoint.handoverBegun.pass()
    switch HandoverPacket(packet.bytes) {
    case .go?: try? line.send(HandoverPacket.serving.encoded, before: deadline)
    case .abort(let reason)?:
      throw ServiceFailure(.busy, "the running server did not hand over: \(reason); it goes on serving")
    default: throw ServiceFailure(.failed, "the running server spoke out of turn")
    }
  }

  func releaseConversations() { conversations = [] }
}
