internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceSystem

/// What the migration commands share: the engine, its progress on the screen, and its failures as exit codes.
enum MigrationContext {
  /// - Parameter needsFiles: whether the manifests' files count; the way back goes by what was applied.
  static func engine(_ context: CommandContext, needsFiles: Bool = true) throws(CommandFailure) -> Engine {
    let (channel, layout, _) = try context.channelAsItsUser()
    let screen = context.screen
    let progress = ProgressLine(screen)
    do throws(MigrationFailure) {
      let manifests =
        if needsFiles { try files(context) } else {
          try ManifestSet.applied(layout) { () throws(MigrationFailure) in
            try files(context)
          }
        }
      let engine = try Engine(channel: channel, layout: layout, manifests: manifests) { event in
        switch event {
        case .progress(let done, let count):
          return done < count ? progress.show("\(done) of \(count)") : progress.clear()
        case .waiting(let nanoseconds): return progress.show("\(ProgressLine.seconds(nanoseconds)) left")
        case .left(let count): return progress.show("\(count) left")
        case .intended: return RehearsalStop.pass(layout.stateDirectory)
        default: progress.clear()
        }
        switch event {
        case .progress, .waiting, .left, .intended: break
        case .phase(let manifest, let isUp):
          screen.say(
            isUp
              ? "\(manifest.id): \(manifest.from) -> \(manifest.to)"
              : "\(manifest.id): back, \(manifest.to) -> \(manifest.from)")
        case .began(let number, let count, let text): screen.say("  \(number)/\(count) \(text)")
        case .done(let result): screen.say("      \(result)")
        case .skipped: screen.say("      was so")
        case .note(let text): screen.say(TerminalText.safe(text))
        case .rollingBack(let reason): screen.say("  failed: \(reason)\n  rolling back")
        }
      }
      try engine.takeFileRights()
      return engine
    } catch { throw failure(error) }
  }

  /// The manifests' files are the operator's, whom the channel's user need not let read them.
  private static func files(_ context: CommandContext) throws(MigrationFailure) -> ManifestSet {
    try FileRights.asRoot { () throws(MigrationFailure) in
      let directory: String
      do throws(CommandFailure) { directory = try manifestDirectory(context) } catch {
        throw MigrationFailure(.badManifest, error.text)
      }
      return try ManifestSet.read(directory)
    }
  }

  static func failure(_ failure: MigrationFailure) -> CommandFailure {
    let code: ExitCode =
      switch failure.kind {
      case .badManifest: .badConfiguration
      case .gate: .gateNotMet
      case .drift: .drift
      case .locked: .lockHeld
      case .notRunning: .serviceNotRunning
      case .notPermitted: .notPermitted
      case .busy: .tryLater
      case .noWayBack: .usage
      case .failed: .failed
      }
    return CommandFailure(code, failure.description)
  }

  static func target(_ context: CommandContext) -> Phase? { context.line.value("to").flatMap { Phase($0) } }

  /// Where the manifests are: as told, beside the installed program, or in the source tree that it was built from.
  static func manifestDirectory(_ context: CommandContext) throws(CommandFailure) -> String {
    if let told = context.line.value("migrations") ?? Process.environment("SLUICE_MIGRATIONS") {
      return try context.absolute(told)
    }
    guard let program = Process.programPath else {
      throw CommandFailure(.badConfiguration, "name the manifests' directory with --migrations")
    }
    var parts = program.split(separator: "/").dropLast()
    while !parts.isEmpty {
      parts = parts.dropLast()
      let base = "/" + parts.joined(separator: "/")
      for place in ["\(base)/share/sluice/migrations", "\(base)/migrations"] {
        if let directory = try? Directory.open(place), let found = try? directory.status(of: "0001-run-files.json5") {
          _ = found
          return place
        }
      }
    }
    throw CommandFailure(
      .badConfiguration, "no migrations beside \(program); name their directory with --migrations")
  }

  /// Asks on a terminal; elsewhere the answer must have been given by --yes.
  static func confirm(_ context: CommandContext, _ question: String) throws(CommandFailure) {
    guard !context.line.flag("yes") else { return }
    guard StandardStream.input.isTerminal, StandardStream.error.isTerminal else {
      throw CommandFailure(.usage, "nobody is there to ask: give --yes to go on")
    }
    StandardStream.error.write("\(question) [y/N] ")
    let answer = StandardStream.input.readLine() ?? ""
    guard answer == "y" || answer == "yes" else { throw CommandFailure(.failed, "nothing was changed") }
  }
}
