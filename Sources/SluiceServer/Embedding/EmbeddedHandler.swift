internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire
internal import SluicePolicy

/// Calls a function of the program that the server is part of, on a thread of its own, one call at a time.
final class EmbeddedHandler: Handler {
  let mayAct = true
  private typealias Completion = (HandlerResult) -> Void
  private let worker: BlockingWorker<(UInt64, ChannelRequest)>
  private let answers: Mailbox<(UInt64, ChannelReply)>
  private let reader: MessageReader
  private var waiting: [UInt64: (HandlerCall, Completion)] = [:]
  private var issued: UInt64 = 0

  init(
    reactor: Reactor, reader: MessageReader, body: @escaping @Sendable (ChannelRequest) -> ChannelReply
  ) throws(Errno) {
    self.reader = reader
    let answers = try Mailbox<(UInt64, ChannelReply)>()
    self.answers = answers
    worker = try BlockingWorker("handler") { jobs in
      for (number, request) in jobs { answers.post((number, body(request))) }
    }
    try answers.attach(to: reactor) { [weak self] number, reply in self?.answered(number, reply) }
  }

  deinit { worker.end() }

  func immediate(_ message: Message) -> HandlerResult? { nil }
  func releaseWaitingDrops() -> [String] { [] }
  func stop() { worker.end() }

  func handle(_ call: HandlerCall, completion: @escaping (HandlerResult) -> Void) {
    if let prepare = call.prepare {
      prepare { [self] in begin(call, completion) }
    } else {
      begin(call, completion)
    }
  }

  private func begin(_ call: HandlerCall, _ completion: @escaping Completion) {
    issued += 1
    waiting[issued] = (call, completion)
    let principal = call.principal
    worker.post(
      (
        issued,
        ChannelRequest(
          json: call.bytes, method: call.message.method, target: call.message.target,
          isNotification: call.message.kind == .notification,
          peer: ChannelRequest.Peer(
            uid: principal.uid, gid: principal.gid, pid: principal.pid, attestation: principal.attestation.rawValue))
      ))
  }

  private func answered(_ number: UInt64, _ reply: ChannelReply) {
    guard let (call, completion) = waiting.removeValue(forKey: number) else { return }
    completion(call.message.kind == .notification ? .silent : result(reply, call.message.dialect))
  }

  private func result(_ reply: ChannelReply, _ dialect: Dialect) -> HandlerResult {
    var json = JSONWriter()
    json.beginObject()
    switch reply {
    case .result(let text):
      // A reply is one line, and white space between tokens may be any.
      json.member("result", raw: text.utf8.map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 })
    case .error(let code, let message) where dialect == .jsonRPC:
      json.beginObject("error")
      json.member("code", code)
      json.member("message", message)
      json.endObject()
    case .error(_, let message): json.member("error", message)
    }
    json.endObject()
    guard let shape = reader.readHandlerLine(json.bytes), !shape.isJSONRPC else {
      return .refused(Refusal(.internalFault, "the handler gave no valid reply", reason: "its result is no JSON text"))
    }
    return .line(json.bytes, shape)
  }
}
