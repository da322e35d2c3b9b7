extension ChannelFile {
  /// The channel of an existing deployment, from its variables (those of an `EnvironmentFile` or of a process).
  ///
  /// Legacy drops of anyone are let through, since the old server let them; `render` says so. Throws all problems.
  package static func adopting(
    environment: [String: String], name: String
  ) throws(EnvironmentError) -> ChannelFile {
    let channel: ChannelName
    do throws(TextProblem) {
      channel = try ChannelName(parsing: name)
    } catch {
      throw EnvironmentError(problems: [EnvironmentProblem(text: error.text)])
    }
    let file = ChannelFile(name: channel, legacy: LegacySettings(writers: .anyone))
    return try file.overridden(by: environment)
  }

  /// This channel with what the variables say instead; variables that are not set or empty change nothing.
  ///
  /// Throws all problems, among them what does not go together with the rest of the file.
  package func overridden(by environment: [String: String]) throws(EnvironmentError) -> ChannelFile {
    var reader = EnvironmentReader(environment)
    var file = self
    file.overridePaths(&reader)
    file.overrideLimits(&reader)
    file.user = reader.parsed(.runAsUser) ?? file.user
    let timeout = reader.integer(.commandTimeout, in: 1...604_800)
    if let timeout, case .exec(var handler) = file.handler {
      handler.deadline = .seconds(Int64(timeout))
      file.handler = .exec(handler)
    }
    for contradiction in file.contradictions {
      reader.report(nil, "\(contradiction.keys.joined(separator: ".")): \(contradiction.text)")
    }
    guard reader.problems.isEmpty else { throw EnvironmentError(problems: reader.problems) }
    return file
  }

  /// Variables that are set and have no effect on this channel, each with the reason, for `init` to show.
  package func variablesWithoutEffect(in environment: [String: String]) -> [EnvironmentProblem] {
    let reader = EnvironmentReader(environment)
    var notes: [EnvironmentProblem] = []
    func note(_ variable: EnvironmentVariable, _ text: String) {
      if reader.text(variable) != nil { notes.append(EnvironmentProblem(variable: variable.rawValue, text: text)) }
    }
    if case .builtin = handler {
      note(.commandTimeout, "has no effect, because the handler runs no program; set handler.deadline with it")
    }
    if limits.rate == nil { note(.rateLimitWindow, "has no effect without \(EnvironmentVariable.rateLimit.rawValue)") }
    return notes
  }

  private mutating func overridePaths(_ reader: inout EnvironmentReader) {
    if let directory = reader.directory(.ipcDirectory) {
      if let runtime = directory.belowRun {
        paths.runtime = runtime
      } else {
        legacy.input = reader.join(directory, "mcp_in.json") ?? legacy.input
        legacy.bad = reader.join(directory, "mcp_bad.json") ?? legacy.bad
      }
    }
    legacy.input = reader.parsed(.input) ?? legacy.input
    legacy.bad = reader.parsed(.bad) ?? legacy.bad
    legacy.log = reader.parsed(.serverLog) ?? legacy.log
  }

  private mutating func overrideLimits(_ reader: inout EnvironmentReader) {
    let sizes = LimitSettings.messageRange
    if let size = reader.integer(.maximumInputSize, in: sizes.lowerBound.bytes...sizes.upperBound.bytes) {
      limits.message = ByteCount(bytes: size)
    }
    let count = reader.integer(.rateLimit, in: 1...1_000_000_000)
    let window = reader.integer(.rateLimitWindow, in: 1...31_536_000)
    // A window alone gives a rate of the file another period; without any rate it limits nothing.
    guard let rate = count ?? (window == nil ? nil : limits.rate?.count) else { return }
    limits.rate = Rate(count: rate, period: .seconds(Int64(window ?? 60))) ?? limits.rate
  }
}

extension EnvironmentReader {
  /// A file of the directory that `PARROT_IPC_DIR` names.
  fileprivate mutating func join(_ directory: AbsolutePath, _ name: String) -> AbsolutePath? {
    do throws(TextProblem) {
      return try AbsolutePath(parsing: directory.appending(name))
    } catch {
      report(EnvironmentVariable.ipcDirectory.rawValue, error.text)
      return nil
    }
  }
}

extension AbsolutePath {
  /// This path if it lies below `/run`; nil elsewhere.
  ///
  /// `/var/run` is a symbolic link to `/run` (hier(7)), which a walk that follows no links would refuse.
  fileprivate var belowRun: AbsolutePath? {
    let path = rawValue.utf8.starts(with: "/var/run/".utf8) ? String(rawValue.unicodeScalars.dropFirst(4)) : rawValue
    return path.utf8.starts(with: "/run/".utf8) ? AbsolutePath(unchecked: path) : nil
  }
}
