internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceSystem
internal import SluiceWire

/// `sluice init`
enum InitCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let named = try context.channelName()
    let name: ChannelName
    if let named { name = named } else { name = try standardName() }
    let file = try channelFile(context, name)
    let text = file.render()
    if context.line.flag("print") {
      context.screen.print(text)
      return .done
    }
    let path: String
    if let told = context.line.value("config") {
      path = try context.absolute(told)
    } else {
      path = ChannelLayout.channelFile(name: name, root: try context.root())
    }
    try write(text, to: path)
    if context.screen.isJSON {
      var json = JSONWriter()
      json.beginObject()
      json.member("format", 1)
      json.member("file", path)
      json.endObject()
      context.screen.print(json: json.bytes)
    }
    context.screen.say("wrote \(path)")
    context.screen.say("next: start \"sluice serve\" and \"sluice relay\", then look at \"sluice plan\"")
    return .done
  }

  private static func standardName() throws(CommandFailure) -> ChannelName {
    do throws(TextProblem) { return try ChannelName(parsing: "parrot-mcp") } catch {
      throw CommandFailure(.usage, "name the channel with --channel")
    }
  }

  private static func channelFile(_ context: CommandContext, _ name: ChannelName) throws(CommandFailure) -> ChannelFile
  {
    guard let given = context.line.value("from-env") else {
      var file = ChannelFile(name: name)
      // An existing deployment takes drops from everybody: the file says so where an operator sees it.
      file.legacy.writers = .anyone
      return file
    }
    let path = try context.absolute(given)
    let bytes = try context.read(path, limit: EnvironmentFile.maximumSize)
    do throws(EnvironmentError) {
      let environment = try EnvironmentFile.parse(bytes)
      let file = try ChannelFile.adopting(environment: environment.values, name: name.rawValue)
      say(ignored: environment.ignored, of: path, context)
      for problem in file.variablesWithoutEffect(in: environment.values) { context.screen.say("note: \(problem)") }
      return file
    } catch {
      throw CommandFailure(
        .badConfiguration, error.problems.map { "\(path): \($0)" }.joined(separator: "\n"))
    }
  }

  private static func say(ignored: [EnvironmentFile.Ignored], of path: String, _ context: CommandContext) {
    for entry in ignored.prefix(mostSaid) {
      let text = entry.text.count > 80 ? "\(entry.text.prefix(79))…" : entry.text
      context.screen.say(TerminalText.safe("\(path):\(entry.line): ignored: \(text)"))
    }
    if ignored.count > mostSaid { context.screen.say("\(path): and \(ignored.count - mostSaid) more lines") }
  }
  private static let mostSaid = 20

  private static func write(_ text: String, to path: String) throws(CommandFailure) {
    guard let slash = path.lastIndex(of: "/") else { throw CommandFailure(.usage, "\(path) is no absolute path") }
    let parent = String(path[..<slash])
    let name = String(path[path.index(after: slash)...])
    do throws(UnsafePath) {
      let directory = try SafePath.openDirectory(parent, creating: 0o755)
      do throws(Errno) {
        let file = try directory.open(name, .createNew(mode: 0o644))
        try file.writeAll(Array(text.utf8))
      } catch { throw UnsafePath(component: path, reason: .system(error)) }
    } catch {
      if error.reason == .system(.exists) {
        throw CommandFailure(.failed, "\(path) exists already; edit it, or remove it first")
      }
      if case .system(.permissionDenied) = error.reason {
        throw CommandFailure(
          .notPermitted, "not permitted to write \(path); run as root, or give --root or --config")
      }
      throw CommandFailure(.notPermitted, error.description)
    }
  }
}
