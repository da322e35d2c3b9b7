internal import SluiceSystem

/// Where a rehearsal has a run of ours wait to be killed: behind the n-th intent that it recorded.
///
/// It is part of every build, since operators rehearse with the program that they will use, and it does nothing where
/// the channel's state does not lie below a root that a rehearsal of the same user made.
enum RehearsalStop {
  /// In the root of a rehearsal.
  static let marker = ".sluice-rehearsal"
  /// Names the root, and behind a colon the number of the intent.
  static let variable = "SLUICE_REHEARSAL_STOP"
  /// What the one that waits says on its standard output.
  static let word = "stopped"

  private struct Order {
    let root: String
    let intent: Int
  }

  private static let order: Order? = {
    guard let text = Process.environment(variable), let colon = text.lastIndex(of: ":"),
      let intent = Int(text[text.index(after: colon)...])
    else { return nil }
    return Order(root: String(text[..<colon]), intent: intent)
  }()
  private static let passed = Lock(0)

  /// An intent was recorded for the channel whose state is kept in `directory`.
  static func pass(_ directory: String) {
    guard let order, directory.hasPrefix("\(order.root)/"), isRehearsal(order.root) else { return }
    let count = passed.withLock { (count: inout Int) in
      count += 1
      return count
    }
    guard count == order.intent else { return }
    StandardStream.output.write("\(word)\n")
    while true { Wait.pause(nanoseconds: 1_000_000_000) }
  }

  private static func isRehearsal(_ root: String) -> Bool {
    guard let directory = try? Directory.open(root), let found = try? directory.status(of: marker) else { return false }
    return found.kind == .regular && found.uid == Process.effectiveUser
  }
}
