internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem

/// `sluice status --watch`: the screen drawn anew on a terminal; elsewhere a line, or a JSON object, for each change.
///
/// It ends at SIGINT or SIGTERM, and when nobody reads it any more. A server that is away, or a new one, is a change
/// like others.
struct StatusWatch {
  private static let shortest: Int64 = 100_000_000

  private let context: CommandContext
  private let channel: ChannelFile
  private let layout: ChannelLayout
  private let interval: Int64

  init(_ context: CommandContext, _ channel: ChannelFile, _ layout: ChannelLayout) throws(CommandFailure) {
    self.context = context
    self.channel = channel
    self.layout = layout
    let text = context.line.value("interval") ?? "1s"
    do throws(TextProblem) { interval = max(Self.shortest, try TimeSpan(parsing: text).nanoseconds) } catch {
      throw CommandFailure(.usage, "--interval \(text): \(error)")
    }
  }

  func run() throws(CommandFailure) -> ExitCode {
    let isDrawing = StandardStream.output.isTerminal && Process.environment("TERM") != "dumb" && !context.screen.isJSON
    var last = ""
    do throws(Errno) {
      let signals = try SignalReceiver([.interrupt, .terminate])
      while true {
        let shown = try draw(isDrawing, last)
        last = shown
        let next = Clock.monotonic + interval
        repeat {
          // In short turns, so that a reader that goes away is noticed soon.
          let turn = min(next, Clock.monotonic + 200_000_000)
          if try Wait.ready(signals.descriptor, before: turn) {
            if isDrawing { StandardStream.output.write("\n") }
            return .done
          }
          if StandardStream.output.isGone { return .done }
        } while Clock.monotonic < next
      }
    } catch { throw CommandFailure(.failed, "cannot wait for signals: \(error)") }
  }

  /// Shows how it is now; gives what a later look is compared with.
  private func draw(_ isDrawing: Bool, _ last: String) throws(Errno) -> String {
    let report: StatusReport
    do throws(CommandFailure) { report = try StatusReport.read(channel, layout, given: context.screen.given) } catch {
      // It may be over at the next look, such as a database that is being made.
      let line = "cannot look: \(TerminalText.safe(error.text))"
      if line != last { context.screen.say(line) }
      return line
    }
    if context.screen.isJSON {
      let text = String(decoding: report.json, as: UTF8.self)
      if text != last { context.screen.print(text) }
      return text
    }
    guard isDrawing else {
      let line = Self.line(report)
      if line != last { context.screen.print("\(Timestamp.now.description.prefix(19))  \(line)") }
      return line
    }
    let screen = StatusScreen(report: report, style: context.screen.style, width: StandardStream.output.width)
    let height = StandardStream.output.height ?? 24
    let lines = screen.text(now: Clock.realtime).split(separator: "\n", omittingEmptySubsequences: false)
    // ECMA-48: cursor to the first place; erase to the end of each line, and of the screen.
    let text = lines.prefix(height - 1).map { "\($0)\u{1B}[K" }.joined(separator: "\r\n")
    StandardStream.output.write("\(last.isEmpty ? "\u{1B}[2J" : "")\u{1B}[H\(text)\u{1B}[J")
    return "drawn"
  }

  /// All that is worth a line when it changes.
  static func line(_ report: StatusReport) -> String {
    var parts = ["phase \(report.phase.name)"]
    if let server = report.server {
      parts.append("server \(server.pid)\(server.isDraining ? " draining" : "")")
      parts.append(
        server.isRelayConnected ? "relay \(server.isRelayHolding ? "holds" : "takes")" : "relay not connected")
      if server.inFlight > 0 { parts.append("\(server.inFlight) in flight") }
      if server.relayPending > 0 { parts.append("\(server.relayPending) on their way") }
      if let trouble = server.trouble {
        parts.append("trouble: \(TerminalText.safe(report.given.completing(trouble)))")
      }
    } else {
      parts.append(report.silence == nil ? "no server" : "server does not answer")
    }
    for kind in TransportKind.allCases {
      guard let entry = report.routes[kind.rawValue], entry.accepted > 0 else { continue }
      var text = "\(kind.rawValue) \(entry.accepted)"
      if entry.rejected > 0 { text += " (\(entry.rejected) rejected)" }
      if entry.quarantined > 0 { text += " (\(entry.quarantined) kept aside)" }
      parts.append(text)
    }
    if let wait = report.waitsFor { parts.append("waits for \(TerminalText.safe(wait))") }
    return parts.joined(separator: "; ")
  }
}
