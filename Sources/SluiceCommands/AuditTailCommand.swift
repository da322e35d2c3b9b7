internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceStore
internal import SluiceSystem

/// `sluice audit tail`: the last records, and with --follow those that come.
///
/// It ends at SIGINT or SIGTERM, and when nobody reads it any more.
enum AuditTailCommand {
  private static let usual = 10
  private static let most = 1_000_000
  /// Nanoseconds between looks.
  private static let interval: Int64 = 200_000_000
  /// Bytes from the log's end in which so many records are looked for first.
  private static let usualRecord: Int64 = 4096

  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (_, layout, _) = try context.channelAsItsUser()
    let count = try count(context)
    let follows = context.line.flag("follow")
    let path = AuditCommand.path(context, layout)
    let filter = RecordFilter(context.line)
    var last: Int64 = 0
    do throws(CommandFailure) {
      let files = try AuditCommand.open(path, layout)
      let (texts, sequence) = try Self.last(count, files, filter)
      for text in texts { show(text, context) }
      last = sequence
    } catch {
      guard follows, error.code == .failed, isAbsent(path) else { throw error }
      context.screen.say("\(path) does not exist: nothing was recorded yet; waiting for it")
    }
    guard follows else { return .done }
    return try follow(path, layout, after: last, filter, context)
  }

  private static func count(_ context: CommandContext) throws(CommandFailure) -> Int {
    guard let text = context.line.value("last") else { return usual }
    guard let count = Int(text), (0...most).contains(count) else {
      throw CommandFailure(.usage, "--last \(text): a number from 0 to \(most)")
    }
    return count
  }

  /// The log is absent where its directory is there and may be looked into.
  private static func isAbsent(_ path: String) -> Bool {
    guard let slash = path.lastIndex(of: "/"), let directory = try? Directory.open(String(path[..<slash])) else {
      return false
    }
    do throws(Errno) { return try directory.status(of: String(path[path.index(after: slash)...])) == nil } catch {
      return false
    }
  }

  /// The last records that are asked for, and the number of the log's last one.
  private static func last(
    _ count: Int, _ files: AuditFiles, _ filter: RecordFilter
  ) throws(CommandFailure) -> ([String], Int64) {
    do throws(Errno) {
      let end = try files.end()
      // A piece of a line, with which this begins, is no record.
      var start = max(files.start, end - Int64(max(count, 256)) * usualRecord)
      while true {
        var kept: [String] = []
        var sequence: Int64 = 0
        try files.forEachLine(from: start) { line, _ in
          sequence = AuditLine.sequence(line) ?? sequence
          guard count > 0, let text = filter.text(of: line) else { return true }
          kept.append(text)
          // Cut now and then: each time would move all of them.
          if kept.count >= 2 * count + 64 { kept.removeFirst(kept.count - count) }
          return true
        }
        if kept.count >= count || start == files.start { return (kept.suffix(count), sequence) }
        start = files.start
      }
    } catch { throw CommandFailure(.failed, "cannot read the log: \(error)") }
  }

  private static func show(_ text: String, _ context: CommandContext) {
    context.screen.print(StandardStream.output.isTerminal ? TerminalText.safe(text) : text)
  }

  private static func follow(
    _ path: String, _ layout: ChannelLayout, after last: Int64, _ filter: RecordFilter, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    do throws(Errno) {
      let signals = try SignalReceiver([.interrupt, .terminate])
      let follower = AuditFollower(
        in: try Directory.open(layout.logDirectory), name: String(path.dropFirst(layout.logDirectory.count + 1)),
        after: last)
      while true {
        let change = try follower.advance { line in
          if let text = filter.text(of: line) { show(text, context) }
          return !context.screen.outputFault.isThere
        }
        switch change {
        case .none: break
        case .gone: context.screen.say("\(path) is gone; waiting for it")
        case .replaced: context.screen.say("\(path) is another file now; going on behind record \(follower.last)")
        }
        if context.screen.outputFault.isThere || StandardStream.output.isGone { return .done }
        if try Wait.ready(signals.descriptor, before: Clock.monotonic + interval) { return .done }
      }
    } catch {
      throw CommandFailure(
        error == .permissionDenied ? .notPermitted : .failed, "cannot follow \(path): \(error)")
    }
  }
}
