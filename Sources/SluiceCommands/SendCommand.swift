internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// `sluice send`
enum SendCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (channel, layout, _) = try context.channel()
    let message = try message(context, limit: channel.limits.message.bytes)
    let senders = ChannelSenders(channel: channel, layout: layout, patience: try patience(context))
    let named = context.line.value("transport").flatMap(TransportKind.init(rawValue:))
    let kind: TransportKind
    if let named { kind = named } else { kind = try primary(channel, layout) }
    let sender = senders.sender(kind)
    let refused: CommandFailure?
    do throws(TransportFailure) {
      guard context.line.flag("request") || kind == .socket else {
        try sender.send(message)
        return .done
      }
      let reply = try sender.request(message)
      guard !context.line.flag("request") else {
        context.screen.print(json: reply)
        return refusal(in: reply)?.code ?? .done
      }
      refused = refusal(in: reply)
    } catch { throw CommandFailure(error) }
    if let refused { throw refused }
    return .done
  }

  /// The transport that the running server names as primary.
  private static func primary(_ channel: ChannelFile, _ layout: ChannelLayout) throws(CommandFailure) -> TransportKind {
    let found: [UInt8]?
    let runtime: Directory
    do throws(TransportFailure) { runtime = try ServerTrust(channel).directory(layout.runtimeDirectory) } catch {
      throw CommandFailure(error)
    }
    do throws(Errno) { found = try runtime.contents(of: layout.names.endpoint, limit: 65536) } catch {
      switch error {
      case .noSuchFile: found = nil
      case .permissionDenied:
        throw CommandFailure(
          .notPermitted, "not permitted to read \(layout.endpoint); ask for membership in the channel's group")
      default: throw CommandFailure(.failed, "cannot read \(layout.endpoint): \(error)")
      }
    }
    guard let found else {
      throw CommandFailure(
        .serviceNotRunning,
        "no server: \(layout.endpoint) does not exist; start it with: sluice serve --channel \(channel.name)")
    }
    guard let kind = EndpointFile.primaryTransport(in: String(decoding: found, as: UTF8.self)) else {
      throw CommandFailure(.failed, "\(layout.endpoint) names no transport; is it ours?")
    }
    return kind
  }

  /// A reply's error as an exit code, so that a script need not read JSON to know that it was refused.
  private static func refusal(in reply: [UInt8]) -> CommandFailure? {
    guard let value = try? JSON5.parse(reply), case .object(let object) = value.kind, let error = object["error"] else {
      return nil
    }
    if case .null = error.kind { return nil }
    if case .string(let text) = error.kind { return failure(.failed, text) }
    guard case .object(let fields) = error.kind, case .string(let text)? = fields["message"]?.kind,
      case .number(let code)? = fields["code"]?.kind
    else { return failure(.failed, "no reason given") }
    switch code.integer {
    case 403: return failure(.notPermitted, text)
    case 429, 503, 504: return failure(.tryLater, text)
    case -32700, -32600, 413: return failure(.badMessage, text)
    default: return failure(.failed, text)
    }
  }

  private static func failure(_ code: ExitCode, _ text: String) -> CommandFailure {
    CommandFailure(code, "the service refused: \(TerminalText.safe(text))")
  }

  private static func message(_ context: CommandContext, limit: Int) throws(CommandFailure) -> [UInt8] {
    var bytes: [UInt8]
    if let argument = context.line.positional(0) {
      bytes = Array(argument.utf8)
    } else {
      // One byte more than the limit is enough to know that it is over.
      guard let input = StandardStream.input.readAll(limit: limit + 1) else { throw tooLarge(limit) }
      bytes = input
    }
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard !bytes.isEmpty else { throw CommandFailure(.badMessage, "the message is empty") }
    guard bytes.count <= limit else { throw tooLarge(limit) }
    // A newline inside JSON text is white space between its tokens; on every transport a message is one line.
    bytes = bytes.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
    // What the server would refuse is refused here too: three of the transports could not say so.
    do throws(Refusal) { _ = try MessageReader().read(bytes) } catch {
      throw CommandFailure(.badMessage, "\(TerminalText.safe(error.reason)); nothing was sent")
    }
    return bytes
  }

  private static func tooLarge(_ limit: Int) -> CommandFailure {
    CommandFailure(.badMessage, "the message is larger than \(limit) bytes, the channel's limit; nothing was sent")
  }

  private static func patience(_ context: CommandContext) throws(CommandFailure) -> Int64 {
    guard let text = context.line.value("timeout") else { return 10_000_000_000 }
    do throws(TextProblem) { return try TimeSpan(parsing: text).nanoseconds } catch {
      throw CommandFailure(.usage, "--timeout \(text): \(error)")
    }
  }
}
