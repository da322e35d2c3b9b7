internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceSystem

/// What every command works with: its words, its screen, and the channel that they name.
struct CommandContext {
  let line: ParsedCommandLine
  let screen: Screen

  init(_ line: ParsedCommandLine) {
    self.line = line
    screen = Screen(line)
  }

  /// The root that is put before every path, absolute; nil without one.
  func root() throws(CommandFailure) -> String? {
    guard let given = line.value("root") else { return nil }
    return try absolute(given)
  }

  func absolute(_ path: String) throws(CommandFailure) -> String {
    var parts: [Substring] = []
    var text = path
    if !path.hasPrefix("/") {
      guard let here = Process.currentDirectory else {
        throw CommandFailure(.failed, "the working directory is gone; name an absolute path")
      }
      text = "\(here)/\(path)"
    }
    for part in text.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    // Plainly: what is generic is looked up at its first use, and `sluice send` is started for every message.
    var result = ""
    for part in parts {
      result += "/"
      result += part
    }
    return result.isEmpty ? "/" : result
  }

  /// The channel, with what the environment overrides, and its paths.
  func channel() throws(CommandFailure) -> (file: ChannelFile, layout: ChannelLayout, path: String) {
    try FileRights.asRoot { () throws(CommandFailure) in try readChannel() }
  }

  /// The channel, for a command that looks into its state: as root from here on with no more rights on files than the
  /// channel's user, who owns all that and can put anything there.
  func channelAsItsUser() throws(CommandFailure) -> (file: ChannelFile, layout: ChannelLayout, path: String) {
    let found = try channel()
    try takeFileRights(found.file)
    return found
  }

  func takeFileRights(_ channel: ChannelFile) throws(CommandFailure) {
    // Whoever is not root has no more than his own rights anyway.
    guard Process.effectiveUser == 0, let name = channel.user else { return }
    guard let found = Accounts.user(name.rawValue) else {
      throw CommandFailure(.failed, "the channel's user \(name.rawValue) does not exist; create it, or change \"user\"")
    }
    let group = channel.access == .group ? channel.group.flatMap { Accounts.group($0.rawValue) } : nil
    do throws(Errno) { try FileRights.take(found.uid, gid: group ?? found.gid) } catch {
      throw CommandFailure(
        .notPermitted,
        "cannot take the rights of the channel's user \(name.rawValue) on files: \(error); run this as that user, or as"
          + " root with CAP_SETUID and CAP_SETGID")
    }
  }

  private func readChannel() throws(CommandFailure) -> (file: ChannelFile, layout: ChannelLayout, path: String) {
    let path = try channelPath()
    let bytes = try read(path, limit: 1 << 20)
    let file: ChannelFile
    do throws(ChannelFileError) { file = try ChannelFile.parse(bytes: bytes, fileName: path) } catch {
      throw CommandFailure(.badConfiguration, error.description)
    }
    do throws(EnvironmentError) {
      let effective = try file.overridden(by: Process.environment)
      return (effective, ChannelLayout(channel: effective, root: try rootUnchecked()), path)
    } catch { throw CommandFailure(.badConfiguration, error.description) }
  }

  private func rootUnchecked() throws(EnvironmentError) -> String? {
    do throws(CommandFailure) { return try root() } catch {
      throw EnvironmentError(problems: [EnvironmentProblem(text: error.text)])
    }
  }

  func channelName() throws(CommandFailure) -> ChannelName? {
    guard let text = line.value("channel") ?? Process.environment("SLUICE_CHANNEL") else { return nil }
    do throws(TextProblem) { return try ChannelName(parsing: text) } catch {
      throw CommandFailure(.usage, "--channel \(text): \(error)")
    }
  }

  /// Where the channel file is: as told, or by the channel's name, or the only one there is.
  func channelPath() throws(CommandFailure) -> String {
    if let told = line.value("config") { return try absolute(told) }
    let root = try root()
    if let name = try channelName() { return ChannelLayout.channelFile(name: name, root: root) }
    let place = "\(root ?? "")/etc/sluice"
    var found: [String] = []
    do throws(Errno) {
      found = try Directory.open(place).names().filter { $0.hasSuffix(".json5") && !$0.hasPrefix(".") }.sorted()
    } catch {
      if error == .permissionDenied { throw CommandFailure(.notPermitted, "not permitted to read \(place)") }
    }
    switch found.count {
    case 1: return "\(place)/\(found[0])"
    case 0:
      throw CommandFailure(
        .badConfiguration,
        "no channel file in \(place); make one with: sluice init --channel NAME, or name one with --config")
    default:
      throw CommandFailure(
        .usage,
        "several channels in \(place): \(found.map { $0.dropLast(6) }.joined(separator: ", ")); name one with --channel"
      )
    }
  }

  /// Reads a small file that the user named.
  func read(_ path: String, limit: Int) throws(CommandFailure) -> [UInt8] {
    guard let slash = path.lastIndex(of: "/") else { throw CommandFailure(.usage, "\(path) is no absolute path") }
    let parent = slash == path.startIndex ? "/" : String(path[..<slash])
    let found: [UInt8]?
    do throws(Errno) {
      let directory = try Directory.open(parent)
      let file = try directory.open(String(path[path.index(after: slash)...]), .readUntrusted)
      found = try file.contents(limit: limit)
    } catch {
      switch error {
      case .noSuchFile: throw CommandFailure(.badConfiguration, "\(path) does not exist; make it with: sluice init")
      case .permissionDenied: throw CommandFailure(.notPermitted, "not permitted to read \(path)")
      default: throw CommandFailure(.badConfiguration, "cannot read \(path): \(error)")
      }
    }
    guard let found else { throw CommandFailure(.badConfiguration, "\(path) is larger than \(limit) bytes") }
    return found
  }
}
