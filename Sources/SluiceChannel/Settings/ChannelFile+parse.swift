extension ChannelFile {
  /// Reads a channel file; `fileName` is what error lines call it.
  ///
  /// Throws every problem at once, each with its place and key path.
  package static func parse(bytes: [UInt8], fileName: String) throws(ChannelFileError) -> ChannelFile {
    try ObjectReader.document(bytes, fileName: fileName) { reader in ChannelFile(reading: reader) }
  }

  /// Nil where there is no good name, since the defaults of paths depend on it.
  private init?(reading reader: ObjectReader) {
    if let format = reader.integer("format", in: 0...Int.max, required: true), format != Self.format {
      reader.report("format", "this version reads format \(Self.format), found \(format)")
    }
    let name: ChannelName? = reader.parsed("channel", required: true)
    // With a bad name the rest is read all the same, so that its problems are found in the same run.
    let access = reader.choice("access", as: Access.self) ?? .user
    self.init(name: name ?? .placeholder, access: access)
    stem = reader.parsed("stem") ?? stem
    user = reader.parsed("user")
    group = reader.parsed("group")
    paths = reader.object("paths") { [self] in PathSettings(reading: $0, name: self.name) } ?? paths
    legacy = reader.object("legacy") { LegacySettings(reading: $0) } ?? legacy
    handler = reader.object("handler") { HandlerSettings(reading: $0) } ?? handler
    if let message = handler.messageLimit { limits.message = message }
    limits =
      reader.object("limits") { [handler] in LimitSettings(reading: $0, message: handler.messageLimit) } ?? limits
    socket = reader.object("socket") { SocketSettings(reading: $0, access: access) } ?? socket
    relay = reader.object("relay") { RelaySettings(reading: $0) } ?? relay
    audit = reader.object("audit") { AuditSettings(reading: $0) } ?? audit
    sandbox = reader.choice("sandbox") ?? sandbox
    policy = reader.object("policy") { PolicySettings(reading: $0) } ?? policy
    // A group that was written and is bad has its own problem, and is not missing.
    let groupIsBad = group == nil && reader.value("group") != nil
    for contradiction in contradictions where !(groupIsBad && contradiction.keys == ["access"]) {
      reader.report(path: contradiction.keys, contradiction.text)
    }
    if name == nil { return nil }
  }
}

extension ChannelName {
  /// Stands in for a bad name while the rest of a file is read; never leaves `parse`.
  fileprivate static let placeholder = ChannelName(unchecked: "channel")
}
