internal import SluiceSystem

/// The one line on a terminal that says where a long step is; elsewhere nothing.
final class ProgressLine {
  private static let interval: Int64 = 50_000_000

  private let isWanted: Bool
  private var isShown = false
  private var next: Int64 = 0

  init(_ screen: Screen) {
    isWanted = !screen.isQuiet && StandardStream.error.isTerminal && Process.environment("TERM") != "dumb"
  }

  /// Replaces the line.
  func show(_ text: String) {
    guard isWanted, Clock.monotonic >= next else { return }
    next = Clock.monotonic + Self.interval
    isShown = true
    // Carriage return and EL of ECMA-48: erase to the end of the line.
    StandardStream.error.write("\r\u{1B}[K      \(text)")
  }

  /// Takes it away, before a line that stays.
  func clear() {
    guard isShown else { return }
    isShown = false
    next = 0
    StandardStream.error.write("\r\u{1B}[K")
  }

  /// `1.2 s`
  static func seconds(_ nanoseconds: Int64) -> String {
    let tenths = (max(0, nanoseconds) + 50_000_000) / 100_000_000
    guard tenths >= 600 else { return "\(tenths / 10).\(tenths % 10) s" }
    let seconds = tenths / 10
    return seconds < 3600 ? "\(seconds / 60) m \(seconds % 60) s" : "\(seconds / 3600) h \(seconds / 60 % 60) m"
  }
}
