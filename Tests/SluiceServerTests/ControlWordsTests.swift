import SluiceChannel
import Testing

@testable import SluiceServer

@Suite struct ControlWordsTests {
  @Test(arguments: [
    ControlRequest.status, .open(.fifo), .close(.socket, removingObjects: true),
    .close(.runFile, removingObjects: false),
    .phase(.fifo, generation: 7), .relay(holding: true), .relay(holding: false), .expect(canaries: ["a", "b"]),
    .seen(canaries: []), .quarantine(.retry, ids: ["c1-2-0"]), .quarantine(.drop, ids: []),
    .quarantine(.ask, ids: ["a", "b"]), .waive(caller: "1001", reason: "its \"host\" is gone"),
  ])
  func requestsComeBackAsTheyWent(request: ControlRequest) {
    #expect(ControlRequest(json: request.json) == request)
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"control":"nonsense"}"#, #"{"control":"open"}"#, #"{"control":"open","transport":"pigeon"}"#,
    #"{"control":"phase","phase":9,"generation":1}"#, #"{"control":"phase","phase":1}"#,
    #"{"control":"phase","phase":99999999999999999999,"generation":1}"#, #"{"control":1}"#,
  ])
  func otherTextIsNoRequest(text: String) { #expect(ControlRequest(json: Array(text.utf8)) == nil) }

  @Test func statusComesBackAsItWent() {
    var status = ServerStatus()
    status.channel = "parrot-mcp"
    status.pid = 42
    status.phase = 2
    status.generation = 9
    status.isDraining = true
    status.transports = [.runFile, .fifo]
    status.connections = 3
    status.inFlight = 1
    status.isRelayConnected = true
    status.isRelayHolding = true
    status.relayPending = 17
    status.routes = [
      .init(kind: .fifo, accepted: 10, handled: 7, failed: 2, rejected: 1, quarantined: 2)
    ]
    status.trouble = "a \"quoted\" trouble\nin two lines"
    status.notices = ["one", "two"]
    #expect(ServerStatus(json: status.json) == status)
  }

  @Test(arguments: ["", "{}", #"{"format":2,"channel":"x","phase":1}"#, #"{"format":1}"#])
  func otherTextIsNoStatus(text: String) { #expect(ServerStatus(json: Array(text.utf8)) == nil) }
}
