internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceSystem
internal import SluiceTransports

/// `sluice rehearse`
enum RehearseCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let settings = try settings(context)
    let (channel, model) = try subject(context, settings)
    let manifests = try MigrationContext.manifestDirectory(context)
    let root = try RehearsalRoot.make()
    let started = Clock.monotonic
    let isKept = context.line.flag("keep")
    defer {
      if isKept {
        context.screen.say("left behind: \(root.path)")
      } else if !root.remove() {
        context.screen.say("cannot remove \(root.path): remove it yourself")
      }
    }
    try prepare(root, channel, manifests, settings)
    let rehearsal = try Rehearsal(
      channel, root: root, manifests: "\(root.path)/migrations", settings: settings,
      say: { context.screen.say(TerminalText.safe($0)) })
    context.screen.say("rehearsing below \(root.path); writers: \(model.source)")
    var failure: CommandFailure?
    do throws(CommandFailure) { try rehearsal.run(model) } catch { failure = error }
    var account = try rehearsal.account()
    if let failure {
      guard failure.code == .violated else { throw failure }
      account.problems.append(failure.text)
    }
    let report = RehearsalReport(
      legs: rehearsal.legs, account: account, handler: settings.usesChannelsHandler ? "channel" : "recording",
      nanoseconds: Clock.monotonic - started, root: isKept ? root.path : nil)
    if context.screen.isJSON {
      context.screen.print(json: report.json)
    } else {
      context.screen.print(report.text(width: context.screen.width, style: context.screen.style))
    }
    return account.problems.isEmpty ? .done : .violated
  }

  private static func settings(_ context: CommandContext) throws(CommandFailure) -> Rehearsal.Settings {
    var settings = Rehearsal.Settings()
    settings.killsEveryStep = context.line.flag("kill-every-step")
    settings.usesChannelsHandler = context.line.value("handler") == "channel"
    if let text = context.line.value("seconds") {
      guard let seconds = Int64(text), (0...3600).contains(seconds) else {
        throw CommandFailure(.usage, "--seconds \(text): must be a number from 0 to 3600")
      }
      settings.seconds = seconds
    }
    if let target = MigrationContext.target(context) {
      guard target != .fileDrop else {
        throw CommandFailure(.usage, "--to file-drop leads nowhere: name a later phase")
      }
      settings.highest = target
    }
    return settings
  }

  /// The channel as its file has it, or one of our own where there is none; and its writers.
  private static func subject(
    _ context: CommandContext, _ settings: Rehearsal.Settings
  ) throws(CommandFailure) -> (ChannelFile, RehearsalModel) {
    let isNamed = ["config", "channel"].contains { context.line.value($0) != nil }
    var channel: ChannelFile
    var model = RehearsalModel.standard
    do throws(CommandFailure) {
      let (found, layout, _) = try context.channel()
      channel = found
      let owner = try owner(of: found, settings)
      // As root with no more rights than the channel's user, whose files these are.
      do throws(Errno) {
        model = try FileRights.borrow(from: owner) { () throws(Errno) in RehearsalModel.read(layout) }
      } catch {
        throw CommandFailure(
          .notPermitted, "cannot look at the channel's records as its user: \(error); run this as that user")
      }
    } catch {
      // Without any channel file it is the tools that are rehearsed.
      guard !isNamed, error.code == .badConfiguration, error.text.hasPrefix("no channel file in"),
        !settings.usesChannelsHandler, let name = try? ChannelName(parsing: "rehearsal")
      else { throw error }
      channel = ChannelFile(name: name)
    }
    // Accounts and mounts are the host's: everything belongs to whoever rehearses.
    channel.user = nil
    channel.group = nil
    channel.access = .user
    channel.relay.user = nil
    channel.socket = SocketSettings(access: .user)
    channel.paths.privateRuntime = false
    channel.policy = PolicySettings()
    channel.legacy.writers = .anyone
    channel.legacy.log = nil
    return (channel, model)
  }

  /// Who the channel's files belong to, where root rehearses for another user; that user's programs are not root's to run.
  private static func owner(
    of channel: ChannelFile, _ settings: Rehearsal.Settings
  ) throws(CommandFailure) -> Owner? {
    guard Process.effectiveUser == 0, channel.user != nil else { return nil }
    let identity: ChannelIdentity
    do throws(ServiceFailure) { identity = try ChannelIdentity(channel) } catch { throw CommandFailure(error) }
    guard identity.user != 0, let name = channel.user else { return nil }
    guard !settings.usesChannelsHandler else {
      throw CommandFailure(
        .notPermitted,
        "--handler channel would run the handler of user \(name.rawValue) as root; run it as that user: setpriv --reuid"
          + " \(name.rawValue) --regid \(name.rawValue) --init-groups sluice rehearse --handler channel")
    }
    return identity.owner
  }

  /// Makes what a host has: directories, the channel file, the manifests with a shorter time to settle.
  private static func prepare(
    _ root: RehearsalRoot, _ channel: ChannelFile, _ manifests: String, _ settings: Rehearsal.Settings
  ) throws(CommandFailure) {
    var channel = channel
    if !settings.usesChannelsHandler {
      do throws(TextProblem) {
        channel.handler = .exec(
          ExecHandler(
            program: try AbsolutePath(parsing: "/bin/sh"),
            arguments: ["-c", #"cat >>"$1" && echo '{"result":"taken"}'"#, "sh", root.path + Rehearsal.record]))
      } catch { throw CommandFailure(.failed, "\(error)") }
    }
    for path in [channel.paths.runtime, channel.paths.state, channel.paths.log] {
      try root.make(parent(path.rawValue), mode: 0o755)
    }
    for path in [channel.legacy.input.rawValue, channel.legacy.bad.rawValue] {
      try root.make(parent(path), mode: 0o1777)
    }
    try root.write(channel.render(), to: "/etc/sluice/\(channel.name).json5")
    let files: [Lint.File]
    do throws(MigrationFailure) { files = try ManifestSet.files(in: manifests) } catch {
      throw MigrationContext.failure(error)
    }
    for file in files {
      let text = String(decoding: file.bytes, as: UTF8.self)
      let name = file.path.split(separator: "/").last ?? ""
      // A kill behind each intent is many settlings: they prove nothing more by being long. Nobody waits for days of quiet.
      let quick = settings.killsEveryStep ? shortened(text) : text
      try root.write(shortened(quick, "quiet"), to: "/migrations/\(name)")
    }
  }

  private static func parent(_ path: String) -> String {
    path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
  }

  /// The manifest with shorter times to wait for nothing, and nothing else of it changed.
  static func shortened(_ text: String) -> String {
    var text = text
    for key in ["settle", "oldServer"] { text = shortened(text, key) }
    return text
  }

  private static func shortened(_ text: String, _ key: String) -> String {
    guard let document = try? JSON5.parse(Array(text.utf8)), case .object(let object) = document.kind,
      case .object(let gates)? = object["gates"]?.kind, let time = gates[key], case .string(let old) = time.kind
    else { return text }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.indices.contains(time.position.line - 1) else { return text }
    let line = lines[time.position.line - 1]
    let start = line.unicodeScalars.index(line.startIndex, offsetBy: time.position.column - 1)
    guard let range = line[start...].firstRange(of: old) else { return text }
    lines[time.position.line - 1] = String(line[..<range.lowerBound]) + "50ms" + line[range.upperBound...]
    return lines.joined(separator: "\n")
  }
}
