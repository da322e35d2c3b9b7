internal import SluiceChannel

/// Numbered probes of a migration: expected first, then seen, each once if the road is sound.
final class Canaries {
  /// Probes that may be open at once.
  private static let most = 4096
  static let answer = Array("\"canary\"".utf8)

  private var seen: [String: [TransportKind: Int]] = [:]

  /// Announces tokens; what was announced before and never asked for is forgotten when there are too many.
  func expect(_ tokens: [String]) {
    if seen.count + tokens.count > Self.most { seen = [:] }
    for token in tokens.prefix(Self.most) { seen[token] = [:] }
  }

  /// Counts a sighting: false for a token that nobody announced, which is a forgery.
  func saw(_ token: String, on route: TransportKind) -> Bool {
    guard seen[token] != nil else { return false }
    seen[token]?[route, default: 0] += 1
    return true
  }

  func sightings(of token: String) -> [TransportKind: Int] { seen[token] ?? [:] }
}
