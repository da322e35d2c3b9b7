import SluiceChannel
import Testing

@testable import SluiceServer

/// The text format of Prometheus, and nothing in it that names a user.
@Suite struct MetricsTests {
  @Test func countsByRouteAndOutcome() {
    var status = ServerStatus()
    status.connections = 3
    status.phase = 3
    status.trouble = "the disk of uid 1001 is full at /secret"
    status.notices = ["uid 1001"]
    status.routes = [
      ServerStatus.Route(kind: .socket, accepted: 10, handled: 7, failed: 2, rejected: 3, quarantined: 0)
    ]
    status.limits = [ServerStatus.LimitCount(limit: "rate", uid: 1001, count: 4)]
    let text = Metrics(status, limitHits: ["rate": 4]).text
    let lines = text.split(separator: "\n")
    for line in [
      "# TYPE sluice_messages_total counter", #"sluice_messages_total{route="socket",outcome="handled"} 5"#,
      #"sluice_messages_total{route="socket",outcome="failed"} 2"#,
      #"sluice_messages_total{route="socket",outcome="rejected"} 3"#, #"sluice_limit_hits_total{limit="rate"} 4"#,
      "sluice_connections 3", "sluice_phase 3", "sluice_draining 0", "sluice_trouble 1",
    ] { #expect(lines.contains { $0 == line }, "\(line) in \(text)") }
    #expect(!text.contains("1001") && !text.contains("/secret"))
    // Every family is announced once, and every line is a comment or a sample.
    #expect(Set(lines.filter { $0.hasPrefix("# TYPE") }).count == lines.filter { $0.hasPrefix("# TYPE") }.count)
    #expect(lines.allSatisfy { $0.hasPrefix("# ") || $0.split(separator: " ").count == 2 })
  }
}
