package import SluiceChannel

/// What became of numbered probes that went through one route.
package struct CanaryCensus: Equatable, Sendable {
  package let route: TransportKind
  package var sent = 0
  package var once = 0
  package var twice = 0
  package var missing = 0
  /// Probes through a legacy path that another writer's drop replaced, as it replaces any drop.
  package var overwritten = 0
  /// From the sending to the sighting, in nanoseconds.
  package private(set) var latencies: [Int64] = []
  /// What kept it from being finished.
  package var trouble: String?

  package init(_ route: TransportKind) { self.route = route }

  package mutating func saw(after latency: Int64) { latencies.append(latency) }

  /// Nanoseconds within which 99 of 100 were seen; nil where none was.
  package var p99: Int64? {
    let sorted = latencies.sorted()
    guard !sorted.isEmpty else { return nil }
    return sorted[min(sorted.count - 1, (sorted.count * 99 + 99) / 100 - 1)]
  }

  package var isSound: Bool { trouble == nil && twice == 0 && missing == 0 && once > 0 }

  /// What was sent arrived, and then nothing more could be sent.
  package var wasNotSent: Bool { trouble != nil && twice == 0 && missing == 0 && once == sent }

  package var text: String {
    var text = "\(sent) sent, \(once) seen once, \(twice) twice, \(missing) lost"
    if overwritten > 0 { text += ", \(overwritten) overwritten by legacy writers" }
    if let p99 { text += ", p99 \(Self.milliseconds(p99))" }
    if let trouble { text += "; \(trouble)" }
    return text
  }

  /// `1.25 ms`
  package static func milliseconds(_ nanoseconds: Int64) -> String {
    let hundredths = (nanoseconds + 5000) / 10_000
    let rest = hundredths % 100
    return hundredths >= 10_000 ? "\(hundredths / 100) ms" : "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) ms"
  }
}
