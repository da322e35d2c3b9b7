internal import SluiceChannel
internal import SluiceWire

/// What `GET /metrics` shows, in the text format of Prometheus (version 0.0.4): counts since this process began. It names
/// no user, no path and no message.
struct Metrics: Equatable {
  static let type = "text/plain; version=0.0.4"

  private(set) var text = ""

  /// - Parameter limitHits: how often each limit was reached.
  init(_ status: ServerStatus, limitHits: [String: Int64]) {
    family("sluice_messages_total", "counter", "Messages by route and outcome.")
    for route in status.routes {
      for (outcome, count) in [
        ("handled", route.handled - route.failed), ("failed", route.failed), ("rejected", route.rejected),
        ("quarantined", route.quarantined),
      ] {
        sample("sluice_messages_total", [("route", route.kind.rawValue), ("outcome", outcome)], count)
      }
    }
    family("sluice_limit_hits_total", "counter", "How often somebody ran into a limit.")
    for (limit, count) in limitHits.sorted(by: { $0.key < $1.key }) {
      sample("sluice_limit_hits_total", [("limit", limit)], count)
    }
    gauge("sluice_connections", "Open connections.", Int64(status.connections))
    gauge("sluice_calls_in_flight", "Messages that wait for the handler.", Int64(status.inFlight))
    gauge("sluice_phase", "The migration's phase, 0 to 4.", Int64(status.phase))
    gauge("sluice_draining", "1 while the server stops.", status.isDraining ? 1 : 0)
    gauge(
      "sluice_trouble", "1 while something keeps the server from its work; status says what.",
      status.trouble == nil ? 0 : 1)
  }

  private mutating func gauge(_ name: String, _ help: String, _ value: Int64) {
    family(name, "gauge", help)
    sample(name, [], value)
  }

  private mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  /// Labels are names of our own: none needs an escape.
  private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int64) {
    let list = labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
    text += list.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
  }
}
