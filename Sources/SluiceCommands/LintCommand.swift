internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// `sluice lint`
enum LintCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let named = context.line.positionals
    let reports = named.isEmpty ? try all(context) : try each(named, context)
    let count = reports.reduce(0) { $0 + $1.problems.count }
    if context.screen.isJSON {
      context.screen.print(json: json(reports, count))
    } else {
      show(reports, count, context)
    }
    return count == 0 ? .done : .badConfiguration
  }

  /// The channel file, the manifests as a chain, and what was applied of them.
  private static func all(_ context: CommandContext) throws(CommandFailure) -> [Lint.Report] {
    let path = try context.channelPath()
    let bytes = try context.read(path, limit: 1 << 20)
    let directory = try MigrationContext.manifestDirectory(context)
    let manifests: [Lint.File]
    do throws(MigrationFailure) { manifests = try ManifestSet.files(in: directory) } catch {
      throw MigrationContext.failure(error)
    }
    var against = Lint.Against()
    against.isWholeSet = true
    if let channel = try? ChannelFile.parse(bytes: bytes, fileName: path) {
      against.hasGroup = channel.access == .group
      let layout = ChannelLayout(channel: channel, root: try context.root())
      try context.takeFileRights(channel)
      against.applied = try applied(layout, manifests)
    }
    return Lint.check([Lint.File(path: path, bytes: bytes)] + manifests, against)
  }

  private static func applied(_ layout: ChannelLayout, _ manifests: [Lint.File]) throws(CommandFailure)
    -> [String: String]
  {
    var applied: [String: String] = [:]
    do throws(StoreFailure) {
      guard let state = try State.reading(path: layout.database) else { return [:] }
      for file in manifests {
        guard let manifest = try? Manifest.parse(bytes: file.bytes, fileName: file.path) else { continue }
        if let meaning = try state.appliedMeaning(of: manifest.id) { applied[manifest.id] = meaning }
      }
    } catch {
      throw CommandFailure(
        CommandFailure(error).code, "\(error); single files are checked with: sluice lint FILE")
    }
    return applied
  }

  private static func each(_ names: [String], _ context: CommandContext) throws(CommandFailure) -> [Lint.Report] {
    var reports: [Lint.Report] = []
    for name in names {
      let path = try context.absolute(name)
      var against = Lint.Against()
      if isDirectory(path) {
        against.isWholeSet = true
        let files: [Lint.File]
        do throws(MigrationFailure) { files = try ManifestSet.files(in: path) } catch {
          throw MigrationContext.failure(error)
        }
        guard !files.isEmpty else {
          throw CommandFailure(
            .badConfiguration, "\(path) holds no manifest; their names begin with a digit and end in .json5")
        }
        reports += Lint.check(files, against)
      } else {
        reports += Lint.check([Lint.File(path: path, bytes: try context.read(path, limit: 1 << 20))], against)
      }
    }
    return reports
  }

  private static func isDirectory(_ path: String) -> Bool { (try? Directory.open(path)) != nil }

  private static func show(_ reports: [Lint.Report], _ count: Int, _ context: CommandContext) {
    let style = context.screen.style
    var text = ""
    for report in reports {
      for problem in report.problems {
        let place = TerminalText.safe("\(report.path):\(problem.line):\(problem.column):")
        let key = problem.keyPath.isEmpty ? "" : " \(TerminalText.safe(problem.keyPath)):"
        text += "\(style.bold(place))\(key) \(TerminalText.safe(problem.text))\n"
      }
    }
    let files = reports.count == 1 ? "1 file" : "\(reports.count) files"
    text +=
      count == 0 ? "\(files), no problem\n" : style.red("\(count) problem\(count == 1 ? "" : "s") in \(files)") + "\n"
    context.screen.print(text)
  }

  private static func json(_ reports: [Lint.Report], _ count: Int) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("problems", Int64(count))
    json.beginArray("files")
    for report in reports {
      json.beginObject()
      json.member("file", report.path)
      json.member("kind", report.kind.rawValue)
      json.beginArray("problems")
      for problem in report.problems {
        json.beginObject()
        json.member("line", Int64(problem.line))
        json.member("column", Int64(problem.column))
        json.member("key", problem.keyPath)
        json.member("text", problem.text)
        json.endObject()
      }
      json.endArray()
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
