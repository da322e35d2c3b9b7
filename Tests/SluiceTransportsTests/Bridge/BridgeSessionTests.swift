import SluiceWire
import Testing

@testable import SluiceTransports

@Suite struct BridgeSessionTests {
  static func ask(_ id: String, _ method: String = "tools/list") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#
  }
  static func result(_ id: String, _ text: String = "{}") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"result":\#(text)}"#
  }
  static func error(_ id: String, _ code: Int, _ text: String) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"\#(text)","data":{"source":"sluice"}}}"#
  }
  static func gone(_ id: String) -> String {
    error(id, 502, "the server ended before it answered; whether it acted is not known")
  }
  static let initialize = ask("0", "initialize")
  static let welcome = result("0", #"{"capabilities":{"tools":{"listChanged":true},"prompts":{"listChanged":false}}}"#)
  static let initialized = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
  static let toolsChanged = #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{}}"#
  static let opening: [BridgeScript.Step] = [
    .up, .host(initialize), .write, .server(welcome), .host(initialized), .write,
  ]
  static func cancel(_ id: String) -> String {
    #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
  }
  static func listenEnd(_ id: String) -> String {
    result(id, #"{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":\#(id)}}"#)
  }
  static let ready = #"{"sluice":{"control":"ready"}}"#
  static let nobody = "no server listens; nothing was sent"

  static let scripts: [BridgeScript] = [
    BridgeScript(
      "bytes pass as they are", [.up, .host(ask("1") + "  "), .write, .server(" " + result("1", #"{"n":1.50e1}"#))],
      server: "|" + ask("1") + "   ", host: [" " + result("1", #"{"n":1.50e1}"#)]),
    BridgeScript(
      "what was not written goes to the next server", [.up, .host(ask("1")), .down, .up, .write, .server(result("1"))],
      server: "||" + ask("1") + " ", host: [result("1")]),
    BridgeScript(
      "what was written in part is answered, and not written again",
      [.up, .host(ask("1")), .host(ask("2")), .writeBytes(5), .down, .up, .write],
      server: #"|{"jso|"# + ask("2") + " ", host: [gone("1")]),
    BridgeScript(
      "an id has a type", [.up, .host(ask("7")), .host(ask(#""7""#)), .write, .server(result("7")), .down],
      server: "|" + ask("7") + " " + ask(#""7""#) + " ", host: [result("7"), gone(#""7""#)]),
    BridgeScript(
      "an id in flight twice is answered twice", [.up, .host(ask("1")), .host(ask("1")), .write, .down],
      server: "|" + ask("1") + " " + ask("1") + " ", host: [gone("1"), gone("1")]),
    BridgeScript(
      "a session is opened again, and the answer is swallowed",
      opening + [.down, .host(ask("2")), .up, .write, .server(welcome), .write],
      server: "|" + initialize + " " + initialized + " |" + initialize + " " + initialized + " " + ask("2") + " ",
      host: [welcome, toolsChanged]),
    BridgeScript(
      "what the host had not confirmed is not confirmed for it",
      [
        .up, .host(initialize), .write, .server(welcome), .down, .up, .write, .server(welcome), .write,
        .host(initialized), .write,
      ],
      server: "|" + initialize + " |" + initialize + " " + initialized + " ", host: [welcome, toolsChanged]),
    BridgeScript(
      "a confirmation that was not written is written once",
      [
        .up, .host(initialize), .write, .server(welcome), .host(initialized), .down, .up, .write, .server(welcome),
        .write,
      ],
      server: "|" + initialize + " |" + initialize + " " + initialized + " ", host: [welcome, toolsChanged]),
    BridgeScript(
      "an opening without an answer is answered and forgotten", [.up, .host(initialize), .write, .down, .up, .write],
      server: "|" + initialize + " |", host: [gone("0")]),
    BridgeScript(
      "an opening that was refused is forgotten",
      [.up, .host(initialize), .write, .server(error("0", -32601, "no")), .down, .up, .write],
      server: "|" + initialize + " |", host: [error("0", -32601, "no")]),
    BridgeScript(
      "an opening that was not written goes to the next server",
      [.up, .host(initialize), .down, .up, .write, .server(welcome)], server: "||" + initialize + " ", host: [welcome]),
    BridgeScript(
      "what comes before the session is open again passes",
      opening + [.down, .up, .write, .server(toolsChanged), .server(welcome)],
      server: "|" + initialize + " " + initialized + " |" + initialize + " ",
      host: [welcome, toolsChanged, toolsChanged]),
    BridgeScript(
      "a subscription ends when there is a server again",
      [.up, .host(ask(#""s""#, "subscriptions/listen")), .host(ask("3")), .write, .down, .up],
      server: "|" + ask(#""s""#, "subscriptions/listen") + " " + ask("3") + " |", host: [gone("3"), listenEnd(#""s""#)]),
    BridgeScript(
      "a subscription's id may be any integer",
      [.up, .host(ask("18446744073709551615", "subscriptions/listen")), .write, .down, .up],
      server: "|" + ask("18446744073709551615", "subscriptions/listen") + " |",
      host: [listenEnd("18446744073709551615")]),
    BridgeScript(
      "a cancelled request is not answered", [.up, .host(ask("1")), .host(cancel("1")), .write, .down],
      server: "|" + ask("1") + " " + cancel("1") + " ", host: []),
    BridgeScript(
      "a subscription that was cancelled while there was no server does not end again",
      [.up, .host(ask("1", "subscriptions/listen")), .write, .down, .host(cancel("1")), .up],
      server: "|" + ask("1", "subscriptions/listen") + " |", host: []),
    BridgeScript(
      "a request waits for a server, and not for ever", [.host(ask("1")), .after(5), .host(ask("2")), .after(4)],
      server: "", host: [error("1", 502, nobody)]),
    BridgeScript(
      "while a session is not open again requests wait, and not for ever",
      opening + [.down, .host(ask("2")), .up, .write, .after(9)],
      server: "|" + initialize + " " + initialized + " |" + initialize + " ", host: [welcome, error("2", 502, nobody)]),
    BridgeScript(
      "with a server nothing expires", [.up, .host(ask("1")), .after(60)], server: "|", host: []),
    BridgeScript(
      "a request of the server's is withdrawn, and the answer to it goes nowhere",
      [.up, .server(ask("4", "roots/list")), .down, .host(result("4")), .up, .write],
      server: "||", host: [ask("4", "roots/list"), cancel("4")]),
    BridgeScript(
      "an answer to the server that was not written does not go to another",
      [.up, .server(ask("4", "roots/list")), .host(result("4")), .down, .up, .write], server: "||",
      host: [ask("4", "roots/list")]),
    BridgeScript(
      "dialects without ids are answered in their words",
      [
        .up, .host(#"{"method":"ping"}"#), .host(#"{"type":"mcp_message","content":"x"}"#), .write,
        .server(#"{"result":"pong"}"#), .down,
      ], server: #"|{"method":"ping"} {"type":"mcp_message","content":"x"} "#,
      host: [#"{"result":"pong"}"#, #"{"error":"the server ended before it answered; whether it acted is not known"}"#]),
    BridgeScript(
      "an error without an id answers nobody in particular",
      [.up, .host(ask("1")), .write, .server(error("null", -32700, "no")), .down],
      server: "|" + ask("1") + " ", host: [error("null", -32700, "no"), gone("1")]),
    BridgeScript(
      "a line that is no message is the server's to refuse", [.up, .host("not json"), .write], server: "|not json ",
      host: []),
    BridgeScript(
      "nothing is said before the server is ready", greets: true,
      [.host(ask("1")), .up, .write, .server(ready), .write, .server(result("1"))],
      server: "|" + ready + " " + ask("1") + " ", host: [result("1")]),
    BridgeScript(
      "a session is opened again after the greeting", greets: true,
      [
        .up, .write, .server(ready), .host(initialize), .write, .server(welcome), .down, .up, .write, .server(ready),
        .write,
      ], server: "|" + ready + " " + initialize + " |" + ready + " " + initialize + " ", host: [welcome]),
    BridgeScript(
      "a refusal instead of a greeting does not reach the host", greets: true,
      [.up, .host(ask("1")), .write, .server(error("null", 429, "too many")), .down], server: "|" + ready + " ",
      host: []),
    BridgeScript(
      "lines of the server's that are no messages do not reach the host",
      [.up, .host(ask("1")), .write, .server("Starting..."), .server("[1]"), .server(ready), .server(result("1"))],
      server: "|" + ask("1") + " ", host: [result("1")]),
    BridgeScript(
      "at the end whoever waits is told", [.up, .host(ask("1")), .write, .host(ask("2")), .end],
      server: "|" + ask("1") + " ",
      host: [
        error("2", 502, "the bridge ended; nothing was sent"),
        error("1", 504, "the bridge ended before the answer came"),
      ]),
  ]

  @Test(arguments: scripts) func conversation(script: BridgeScript) {
    let played = BridgeScript.play(script.steps, greets: script.greets)
    #expect(played.server == script.server)
    #expect(played.host == script.host)
  }

  @Test func aSessionThatIsRefusedAgainAndAgainIsGivenUp() {
    var steps = Self.opening
    for _ in 1...5 { steps += [.down, .up, .write, .server(Self.error("0", -32600, "no"))] }
    let played = BridgeScript.play(steps)
    #expect(played.verdicts.last == .broken("the server does not open the session again"))
    #expect(played.verdicts.dropFirst().dropLast().allSatisfy { if case .lost = $0 { true } else { false } })
    #expect(played.host == [Self.welcome])
  }

  @Test func whoSaysNothingInMessagesIsNoServer() {
    let noise = [BridgeScript.Step](repeating: .server("SSH-2.0-x"), count: 16)
    #expect(BridgeScript.play([.up] + noise).verdicts.last != .goOn)
    #expect(BridgeScript.play([.up, .server(Self.result("9"))] + noise).verdicts.allSatisfy { $0 == .goOn })
    // Counted for each connection.
    #expect(
      BridgeScript.play([.up] + noise.dropLast() + [.down, .up] + noise.dropLast()).verdicts.allSatisfy { $0 == .goOn })
  }

  @Test func aServerThatDoesNotGreetOrOpenIsGivenUp() {
    #expect(
      BridgeScript.play([.up, .write, .after(11)], greets: true).verdicts == [
        .lost("the server did not say that it is ready")
      ])
    let played = BridgeScript.play(Self.opening + [.down, .up, .write, .after(31)])
    #expect(played.verdicts.last == .lost("the server did not open the session"))
    #expect(played.session.needsServer)
  }

  @Test func whatIsKeptHasBounds() {
    var limits = BridgeSession.Limits()
    limits.calls = 3
    var steps: [BridgeScript.Step] = [.up]
    for id in 1...3 { steps += [.host(Self.ask("\(id)")), .write] }
    #expect(!BridgeScript.play(steps, limits: limits).session.wantsHost)
    #expect(BridgeScript.play(steps + [.server(Self.result("2"))], limits: limits).session.wantsHost)
    limits = BridgeSession.Limits()
    limits.waiting = 90
    #expect(!BridgeScript.play([.up, .host(Self.ask("1")), .host(Self.ask("2"))], limits: limits).session.wantsHost)
    let long = Self.result("1", #"{"x":"\#(String(repeating: "y", count: 100))"}"#)
    #expect(!BridgeScript.play([.up, .server(long)], limits: limits).session.wantsServer)
    let flood = (0...BridgeSession.serverCallLimit).map { BridgeScript.Step.server(Self.ask("\($0)", "roots/list")) }
    let flooded = BridgeScript.play([.up] + flood + [.write])
    #expect(flooded.host.count == BridgeSession.serverCallLimit)
    #expect(flooded.server == "|" + Self.error("1024", 429, "too many requests wait for the host") + " ")
  }

  @Test func aReplyThatIsTooLargeIsSomebodys() {
    for (count, codes) in [(1, ["413"]), (2, ["502", "502"])] {
      let asked = (1...count).map { BridgeScript.Step.host(Self.ask("\($0)")) }
      var played = BridgeScript.play([.up] + asked + [.write])
      #expect(played.session.serverSaidTooMuch(limit: 5) == .lost("the server sent a line of more than 5 bytes"))
      played.session.lost("")
      #expect(played.host.count == count)
      for (line, code) in zip(played.host, codes) { #expect(line.contains(#""code":\#(code)"#)) }
    }
  }

  @Test func aServerIsOfUseWhereThereIsSomethingToSendOrToKeep() {
    #expect(!BridgeScript.play([.up, .host(Self.ask("1")), .write, .down]).session.needsServer)
    #expect(BridgeScript.play([.host(Self.ask("1"))]).session.needsServer)
    #expect(BridgeScript.play(Self.opening + [.down]).session.needsServer)
  }
}
