internal import SluicePolicy
internal import SluiceWire

/// What is asked over HTTP about the server itself.
extension Server {
  func health() -> HTTPAnswer {
    // What cannot be recorded is not taken, and the pipeline has said so before.
    HTTPAnswer(status: 200, type: "application/json", body: publicStatus() + [UInt8(ascii: "\n")])
  }

  func metrics() -> HTTPAnswer {
    var hits: [String: Int64] = [:]
    for (key, count) in (limits?.tally.all ?? []).map({ ($0.key.limit.rawValue, $0.total) }) {
      hits[key, default: 0] += count
    }
    return HTTPAnswer(
      status: 200, type: Metrics.type, body: Array(Metrics(status(), limitHits: hits).text.utf8))
  }
}
