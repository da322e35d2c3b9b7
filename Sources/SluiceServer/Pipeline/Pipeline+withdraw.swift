internal import SluiceTransports

/// Giving messages back to their deliverer, which wants to bring them elsewhere.
extension Pipeline {
  /// Forgets those of these messages that no handler has seen and that have no outcome: nothing comes of them here any
  /// more, so that their deliverer may let another one handle them.
  /// - Returns: their ids, and how many of them `source` had handed in.
  func withdraw(_ ids: [String], of source: any DropSource) -> (withdrawn: [String], unsettled: Int) {
    let ids = ids.filter { recorder.known[$0] == nil }
    let released = Set(handler?.release(Set(ids)) ?? [])
    var withdrawn: [String] = []
    var unsettled = 0
    for id in ids {
      if let exchange = handling[id] {
        guard released.contains(id) || exchange.isHeldBack else { continue }
        handling[id] = nil
        inFlight -= 1
        if case .drop(let drop, _) = exchange.origin, drop.source === source { unsettled += 1 }
      } else if putOff.removeValue(forKey: id) != nil {
        unsettled += 1
      }
      withdrawn.append(id)
    }
    if !withdrawn.isEmpty {
      recorder.note("withdrawn") { line in
        line.member("count", Int64(withdrawn.count))
        line.member("first", withdrawn[0])
        line.member("last", withdrawn[withdrawn.count - 1])
      }
    }
    return (withdrawn, unsettled)
  }
}
