internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceSystem
internal import SluiceTransports

/// Where `sluice connect` connects to, and whom it trusts there.
struct ConnectTarget {
  /// The server is a channel's, and not any that listens on a socket.
  let isChannel: Bool
  let connect: @Sendable () throws(TransportFailure) -> OwnedDescriptor

  init(_ context: CommandContext) throws(CommandFailure) {
    var directory: String
    var name: String
    var trust: ServerTrust
    if context.line.value("socket") != nil, !Self.namesChannel(context) {
      isChannel = false
      (directory, name, trust) = ("", "", ServerTrust())
    } else {
      isChannel = true
      (directory, name, trust) = try Self.channel(context)
    }
    if let given = context.line.value("socket") { (directory, name) = Self.split(try context.absolute(given)) }
    if let user = context.line.value("server-user") { trust = ServerTrust(user: try Self.user(user)) }
    let sender = SocketSender(directory: directory, name: name, patience: 0, trust: trust)
    connect = { () throws(TransportFailure) in try sender.connect(before: 0) }
  }

  private static func namesChannel(_ context: CommandContext) -> Bool {
    context.line.value("channel") != nil || context.line.value("config") != nil
  }

  /// The channel's socket, by its file; without one by the name alone, where a user's own services keep theirs.
  private static func channel(_ context: CommandContext) throws(CommandFailure) -> (String, String, ServerTrust) {
    if context.line.value("config") == nil, let name = try context.channelName(), try !hasFile(context) {
      // pam_systemd(8) makes it and gives its path in XDG_RUNTIME_DIR, which hosts do not pass on.
      let directory = "\(try context.root() ?? "")/run/user/\(Process.effectiveUser)/\(name)"
      return (directory, RuntimeNames(stem: .standard).socket, ServerTrust())
    }
    let (channel, layout, _) = try context.channel()
    return (layout.runtimeDirectory, layout.names.socket, ServerTrust(channel))
  }

  private static func hasFile(_ context: CommandContext) throws(CommandFailure) -> Bool {
    let (directory, name) = split(try context.channelPath())
    do throws(Errno) { return try Directory.openForLookup(directory).status(of: name) != nil } catch {
      return error != .noSuchFile
    }
  }

  private static func split(_ path: String) -> (directory: String, name: String) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[slash...].drop { $0 == "/" }))
  }

  private static func user(_ text: String) throws(CommandFailure) -> UInt32 {
    if let uid = UInt32(text) { return uid }
    guard let uid = Accounts.user(text)?.uid else {
      throw CommandFailure(.usage, "--server-user \(text): there is no such user")
    }
    return uid
  }

  /// The name under which a host lists it, and the words that lead to the same place from any directory and environment.
  static func words(_ context: CommandContext) throws(CommandFailure) -> (name: String, arguments: [String]) {
    var arguments = ["connect"]
    var name = try context.channelName()?.rawValue
    if let root = try context.root() { arguments += ["--root", root] }
    if let file = context.line.value("config") {
      let path = try context.absolute(file)
      arguments += ["--config", path]
      name = name ?? split(path).name.split(separator: ".").first.map(String.init)
    } else if let name {
      arguments += ["--channel", name]
    } else if context.line.value("socket") == nil {
      let found = split(try context.channelPath()).name.dropLast(6)
      arguments += ["--channel", String(found)]
      name = String(found)
    }
    if let socket = context.line.value("socket") {
      let path = try context.absolute(socket)
      arguments += ["--socket", path]
      // The directory says what it is; sockets are all called alike.
      name = name ?? split(split(path).directory).name
    }
    for option in ["server-user", "wait", "drain"] {
      if let value = context.line.value(option) { arguments += ["--\(option)", value] }
    }
    return (name.flatMap { $0.isEmpty ? nil : $0 } ?? "sluice", arguments)
  }
}
