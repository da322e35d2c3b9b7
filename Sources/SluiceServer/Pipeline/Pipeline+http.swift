internal import SluicePolicy
internal import SluiceReactor
internal import SluiceTransports
internal import SluiceWire

/// What comes over HTTP: hooks, which are messages, and questions about the server, which are none.
extension Pipeline {
  /// - Parameter byteCount: of the body.
  func requested(_ request: HTTPRequest, _ body: RawSpan, byteCount: Int, from session: PeerSession) {
    let arrived = reactor.turnTime
    switch request {
    case .hook(let event):
      let message: Message
      do throws(Refusal) { message = try reader.readHook(body, event: event) } catch {
        refuse(error, from: session, byteCount: byteCount)
        return
      }
      take(message, body, 0..<body.byteCount, arrived, from: session)
    // As for `ping`: whoever may call anything may ask.
    case .health: ask("ping", session, arrived, health)
    case .metrics: ask("metrics", session, arrived, metrics)
    }
  }

  /// A question that policy, rate and a drain may refuse as they do a call; only a refusal is recorded.
  private func ask(_ method: String, _ session: PeerSession, _ arrived: Int64, _ answer: () -> HTTPAnswer) {
    let question = Message.question(method)
    session.spoke(false)
    var evidence: ProcessEvidence?
    if let refusal = refusal(for: question, session, &evidence) {
      end(question, session, arrived, 0, .refused(refusal), evidence)
    } else {
      session.answer(answer())
    }
  }
}

extension HTTPAnswer {
  /// What a handler made of a hook: its reply is not the client's business, its errors are.
  init(_ result: HandlerResult) {
    switch result {
    case .result, .silent, .withdrawn: self = .accepted
    case .reply(_, let isError):
      self = isError ? HTTPAnswer(Refusal(.handlerFailed, "the handler reported an error")) : .accepted
    case .line(_, let shape):
      self =
        shape.isError
        ? HTTPAnswer(Refusal(.handlerFailed, shape.errorText ?? "the handler reported an error")) : .accepted
    case .refused(let refusal): self.init(refusal)
    }
  }
}

extension Refusal {
  static let noHooks = Refusal(.notFound, "this channel takes no hooks", reason: "its handler takes no hooks")
}
