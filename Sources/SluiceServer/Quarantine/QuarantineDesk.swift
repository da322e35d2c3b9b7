internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceStore
internal import SluiceTransports
internal import SluiceWire

/// What an operator does with messages that were kept aside: has one handled again, or lets go of it.
///
/// A retrial is a message of the operator's with an id of its own, the kept one's with a number behind it, so that a kill
/// in the middle neither repeats nor loses it. The kept bytes go when a retrial was handled.
final class QuarantineDesk: DropSource {
  /// How a kept message stands.
  enum Standing: String {
    case absent
    case kept
    case underway
    case handled
    /// The handler answered with an error, or it was refused: the bytes are kept.
    case failed
    case dropped
  }

  private static let mostRetrials = 99

  private let pipeline: Pipeline
  /// Kept ids of retrials that are underway, by the retrial's id.
  private var retrials: [String: String] = [:]
  /// How retrials of this process ended, for whoever waits for it; bounded.
  private var endings: [String: Standing] = [:]

  init(pipeline: Pipeline) { self.pipeline = pipeline }

  func retry(_ id: String, as principal: Principal, limit: Int) -> Standing {
    guard !pipeline.isDraining, let route = Self.route(of: id),
      let bytes = pipeline.quarantine.contents(of: id, limit: limit)
    else { return .absent }
    if retrials.values.contains(id) { return .underway }
    for number in 1...Self.mostRetrials {
      let retrial = "\(id).\(number)"
      switch pipeline.recorder.known[retrial] {
      case .handled:
        // A kill came between its end and the removal of the bytes.
        letGo(of: id)
        return .handled
      case nil:
        retrials[retrial] = id
        remember(id, .underway)
        let drop = Drop(id: retrial, route: route, principal: principal, source: self)
        unsafe pipeline.take(bytes.span.bytes, drop, claimedFacts: nil)
        return endings[id] ?? .underway
      default: continue
      }
    }
    return .failed
  }

  /// Whether an id may be forgotten once its source has: a retrial's is the memory of what was done as long as the bytes
  /// are kept, whatever the source of the first message says.
  static func mayForget(_ id: String, _ quarantine: QuarantineStore) -> Bool {
    guard let dot = id.lastIndex(of: ".") else { return true }
    return !quarantine.holds(String(id[..<dot]))
  }

  func discard(_ id: String, by uid: UInt32?) -> Standing {
    guard Self.route(of: id) != nil, !retrials.values.contains(id), pipeline.quarantine.remove(id) else {
      return .absent
    }
    forgetRetrials(of: id)
    pipeline.recorder.note("quarantine-dropped") { line in
      line.member("id", id)
      line.member("uid", Int64(uid ?? 0))
    }
    return .dropped
  }

  func standing(of id: String) -> Standing {
    if let ending = endings[id] { return ending }
    return Self.route(of: id) != nil && pipeline.quarantine.holds(id) ? .kept : .absent
  }

  /// Forgets retrials that a drain let go of: their bytes are kept, and they can be ordered again.
  func goOn() {
    for (retrial, id) in retrials where pipeline.handling[retrial] == nil && pipeline.recorder.known[retrial] == nil {
      retrials[retrial] = nil
      endings[id] = nil
    }
  }

  func settle(_ retrial: String) {
    guard let id = retrials.removeValue(forKey: retrial) else { return }
    switch pipeline.recorder.known[retrial] {
    case .handled:
      letGo(of: id)
      remember(id, .handled)
    case .quarantined:
      // The bytes are kept already, under their first id.
      _ = pipeline.quarantine.remove(retrial)
      remember(id, .failed)
    default: remember(id, .failed)
    }
  }

  private func letGo(of id: String) {
    _ = pipeline.quarantine.remove(id)
    forgetRetrials(of: id)
    pipeline.recorder.note("quarantine-retried") { $0.member("id", id) }
  }

  private func forgetRetrials(of id: String) {
    let prefix = "\(id)."
    pipeline.recorder.forget { $0.hasPrefix(prefix) }
  }

  private func remember(_ id: String, _ standing: Standing) {
    if endings.count >= 10_000 { endings = endings.filter { $0.value == .underway } }
    endings[id] = standing
  }

  /// The route that an id names by its first letter; nil for what is no id of a kept message.
  static func route(of id: String) -> TransportKind? {
    guard Envelope.isToken(id), id.contains("-") else { return nil }
    switch id.first {
    case "c", "b": return .fileDrop
    case "r": return .runFile
    case "f": return .fifo
    default: return nil
    }
  }
}
