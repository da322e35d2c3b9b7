/// Calls that a handler has not begun, oldest first, each with what is told its result.
typealias WaitingCalls = [(HandlerCall, (HandlerResult) -> Void)]

extension WaitingCalls {
  /// Lets go of drops, which their sources keep; conversations stay.
  mutating func releaseDrops(_ isWanted: (String) -> Bool) -> [String] {
    let ids = compactMap { $0.0.id }.filter(isWanted)
    removeAll { $0.0.id.map(isWanted) ?? false }
    return ids
  }
}
