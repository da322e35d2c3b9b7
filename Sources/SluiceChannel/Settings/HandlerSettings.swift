/// `handler`: what answers the channel's messages; `kind` says which.
package enum HandlerSettings: Hashable, Sendable {
  /// `builtin` (default): sluice itself answers `ping` and `status`.
  case builtin
  /// `exec`: one process for each message.
  case exec(ExecHandler)

  /// The names of the kinds.
  package enum Kind: String, CaseIterable, Sendable { case builtin, exec }

  package var kind: Kind {
    switch self {
    case .builtin: .builtin
    case .exec: .exec
    }
  }

  /// Nil where the kind needs a key that is missing or bad.
  init?(reading reader: ObjectReader) {
    switch reader.choice("kind", as: Kind.self, required: true) {
    case .builtin:
      reader.refuse(ExecHandler.keys, because: "belongs to kind 'exec' only")
      self = .builtin
    case .exec:
      guard let handler = ExecHandler(reading: reader) else { return nil }
      self = .exec(handler)
    case nil:
      // Without a kind nobody can say whether these are right; one problem is enough.
      for key in ExecHandler.keys { _ = reader.value(key) }
      return nil
    }
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("'builtin' answers ping and status; 'exec' runs a program for each message.")
    writer.string("kind", kind.rawValue)
    if case .exec(let handler) = self { handler.render(into: &writer) }
  }
}
