internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// A server behind each conversation that speaks JSON-RPC on a stream: a process of its own (stdio), or a connection
/// (socket). It is begun with the conversation's first message, so that who only connects costs nothing.
final class StreamHandler: Handler {
  let mayAct = true
  let isStreaming = true
  private let maker: any BackendMaker
  private let settings: BackendStream.Settings
  private let contents: [String: String]
  private let reactor: Reactor
  private let reader: MessageReader
  private var streams: [ObjectIdentifier: BackendStream] = [:]
  private let drops: DropConversations
  private static let pong = Array("\"pong\"".utf8)

  init(
    _ maker: any BackendMaker, settings: BackendStream.Settings, contents: [String: String], reader: MessageReader,
    reactor: Reactor
  ) {
    self.maker = maker
    self.settings = settings
    self.contents = contents
    self.reader = reader
    self.reactor = reactor
    drops = DropConversations(reactor)
    drops.open = { [unowned self] call throws(Refusal) in try stream(for: call) }
  }

  var isIdle: Bool { maker.isIdle }

  func method(of content: String) -> String { contents[content] ?? content }

  /// The old dialects' ping asks whether anybody is there at all.
  func immediate(_ message: Message) -> HandlerResult? {
    guard message.dialect != .jsonRPC else { return nil }
    if message.method == "ping" { return .result(Self.pong) }
    guard message.dialect == .drop, !contents.values.contains(message.method) else { return nil }
    return .refused(
      Refusal(.unknownMethod, "Unknown method", reason: "the content is none of the channel file's contents"))
  }

  func handle(_ call: HandlerCall, completion: @escaping (HandlerResult) -> Void) {
    guard let peer = call.peer else { return drops.take(call, completion) }
    if let stream = peer.stream { return stream.take(call, completion) }
    guard call.message.kind != .response else {
      return completion(
        .refused(Refusal(.invalidRequest, "no such request", reason: "it came before any request of the server's")))
    }
    do throws(Refusal) {
      let stream = try stream(for: call)
      peer.stream = stream
      stream.take(call, completion)
    } catch {
      completion(.refused(error))
      if error.code == .handlerEnded { peer.finish() }
    }
  }

  private func stream(for call: HandlerCall) throws(Refusal) -> BackendStream {
    let stream = BackendStream(
      try maker.link(for: call), peer: call.peer, settings: settings, reader: reader, reactor: reactor
    ) { [weak self] ended in
      self?.streams[ObjectIdentifier(ended)] = nil
      self?.drops.ended(ended)
    }
    streams[ObjectIdentifier(stream)] = stream
    return stream
  }

  func releaseWaitingDrops() -> [String] {
    maker.drain()
    for stream in Array(streams.values) { stream.endListening() }
    return drops.release()
  }

  func release(_ ids: Set<String>) -> [String] { drops.release(ids) }

  func stop() { maker.stop() }
}
