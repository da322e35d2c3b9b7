/// `handler`: what answers the channel's messages; `kind` says which.
package enum HandlerSettings: Hashable, Sendable {
  /// `builtin` (default): sluice itself answers `ping` and `status`.
  case builtin
  /// `exec`: one process for each message.
  case exec(ExecHandler)
  /// `stdio`: one process for each connection.
  case stdio(StdioHandler)
  /// `socket`: a server that listens elsewhere.
  case socket(UpstreamHandler)
  /// `file-drop`: an old server that reads a file.
  case fileDrop(InboxHandler)

  /// The names of the kinds.
  package enum Kind: String, CaseIterable, Sendable {
    case builtin, exec, stdio, socket
    case fileDrop = "file-drop"

    /// The keys beside `kind`.
    fileprivate var keys: [String] {
      switch self {
      case .builtin: []
      case .exec: ProgramCommand.keys + ExecHandler.ownKeys
      case .stdio: ProgramCommand.keys + StreamLimits.keys + StdioHandler.ownKeys
      case .socket: UpstreamHandler.ownKeys + StreamLimits.keys
      case .fileDrop: InboxHandler.keys
      }
    }
  }

  package var kind: Kind {
    switch self {
    case .builtin: .builtin
    case .exec: .exec
    case .stdio: .stdio
    case .socket: .socket
    case .fileDrop: .fileDrop
    }
  }

  /// The program that is started to answer; nil where none is.
  package var command: ProgramCommand? {
    switch self {
    case .exec(let exec): exec.programCommand
    case .stdio(let stdio): stdio.command
    case .builtin, .socket, .fileDrop: nil
    }
  }

  /// `limits.message` where nothing is written.
  var messageLimit: ByteCount? {
    switch self {
    case .stdio, .socket: StreamLimits.message
    case .builtin, .exec, .fileDrop: nil
    }
  }

  /// Nil where the kind needs a key that is missing or bad.
  init?(reading reader: ObjectReader) {
    let kind = reader.choice("kind", as: Kind.self, required: true)
    let own = Set(kind?.keys ?? [])
    var others: Set<String> = []
    for key in Kind.allCases.flatMap(\.keys) where !own.contains(key) && others.insert(key).inserted {
      let kinds = Kind.allCases.filter { $0.keys.contains(key) }.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      if kind == nil {
        // Without a kind nobody can say whether these are right; one problem is enough.
        _ = reader.value(key)
      } else {
        reader.refuse([key], because: "belongs to kind \(kinds) only")
      }
    }
    switch kind {
    case .builtin: self = .builtin
    case .exec:
      guard let handler = ExecHandler(reading: reader) else { return nil }
      self = .exec(handler)
    case .stdio:
      guard let handler = StdioHandler(reading: reader) else { return nil }
      self = .stdio(handler)
    case .socket:
      guard let handler = UpstreamHandler(reading: reader) else { return nil }
      self = .socket(handler)
    case .fileDrop:
      guard let handler = InboxHandler(reading: reader) else { return nil }
      self = .fileDrop(handler)
    case nil: return nil
    }
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment(
      "'builtin' answers ping and status; 'exec' runs a program for each message; 'stdio' keeps one server")
    writer.comment("for each connection (any MCP server); 'socket' connects to a server that listens elsewhere;")
    writer.comment("'file-drop' feeds an old server through a file. See sluice help handlers.")
    writer.string("kind", kind.rawValue)
    switch self {
    case .builtin: break
    case .exec(let handler): handler.render(into: &writer)
    case .stdio(let handler): handler.render(into: &writer)
    case .socket(let handler): handler.render(into: &writer)
    case .fileDrop(let handler): handler.render(into: &writer)
    }
  }
}
