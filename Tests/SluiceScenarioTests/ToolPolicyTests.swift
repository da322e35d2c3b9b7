import SluiceChannel
import SluiceSystem
import Testing

/// Rules about tools, prompts and resources: calls and lists judged alike.
@Suite(.serialized, .printsLogs)
struct ToolPolicyTests {
  static let rules = """
    { name: "reader", effect: "allow", methods: ["tools/list", "tools/call:se*", "prompts/list", "prompts/get:greet",
      "resources/list", "resources/read:file:///*"], rate: "1000/s" }
    """

  static func serving(hide: Bool = false, kind: String = "stdio", _ body: (Rehearsal) throws -> Void) throws {
    try Rehearsal.run { channel in
      try channel.serveBackend(settings: "policy: { hide: \(hide), rules: [\(rules)] },")
      try body(channel)
    }
  }

  @Test(arguments: [
    ("tools/call", #"{"name":"search"}"#, true), ("tools/call", #"{"name":"store"}"#, false),
    ("tools/call", #"{"name":"s\u0065arch"}"#, true), ("tools/call", "{}", false),
    ("prompts/get", #"{"name":"greet"}"#, true), ("prompts/get", #"{"name":"insult"}"#, false),
    ("resources/read", #"{"uri":"file:///a"}"#, true), ("resources/read", #"{"uri":"db://b"}"#, false),
    ("initialize", "{}", true), ("server/discover", "{}", true), ("ping", "{}", true), ("echo", "{}", false),
  ])
  func everyCall(_ method: String, _ params: String, _ isAllowed: Bool) throws {
    for hide in [false, true] {
      try Self.serving(hide: hide) { channel in
        let client = try StreamClient(channel)
        let reply = try client.call(method, params)
        let named = params != "{}"
        #expect((reply.object("error")?.number("code") ?? 0) == (isAllowed ? 0 : hide && named ? -32602 : 403))
        if !isAllowed {
          if hide, named { #expect(reply.object("error")?.object("data") == nil) }
          try eventually("the log says that it was denied") {
            try channel.events("rejected").contains {
              $0.text("method") == method && $0.number("code") == 403 && $0.text("verdict") == "noRule"
            }
          }
          // It never reached the server.
          #expect(try Files.lines(channel.got).isEmpty)
        }
      }
    }
  }

  @Test func listsShowWhatMayBeCalled() throws {
    try Self.serving { channel in
      let client = try StreamClient(channel)
      try client.ask("1", "tools/list")
      #expect(
        try client.line()
          == #"{"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "search", "description": "one of three"}]}}"#)
      try client.ask("2", "tools/list", #"{"more":{"ttlMs":5,"cacheScope":"public"}}"#)
      #expect(try client.line().contains(#""cacheScope": "private", "tools": [{"name": "search", "#))
      try client.ask("3", "prompts/list")
      #expect(try client.line() == #"{"jsonrpc": "2.0", "id": 3, "result": {"prompts": [{"name": "greet"}]}}"#)
      try client.ask("4", "resources/list")
      #expect(
        try client.line()
          == #"{"jsonrpc": "2.0", "id": 4, "result": {"resources": [{"uri": "file:///a", "name": "x"}]}}"#)
      try client.send(#"{"method":"tools/list"}"#)
      #expect(try client.line() == #"{"result":{"tools": [{"name": "search", "description": "one of three"}]}}"#)
    }
  }

  /// Without rules about methods nothing is rewritten.
  @Test func listsPassUntouchedWithoutSuchRules() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend()
      let client = try StreamClient(channel)
      let all = try #require(try client.call("tools/list", #"{"more":{"cacheScope":"public"}}"#).object("result"))
      #expect(all.objects("tools").count == 3 && all.text("cacheScope") == "public")
    }
  }

  /// The same for a program that is started for each message.
  @Test func listsOfAnExecHandlerToo() throws {
    try Rehearsal.run { channel in
      let script = #"cat >/dev/null; echo '{"result":{"tools":[{"name":"search"},{"name":"store"}]}}'"#
      try channel.configure(try channel.scriptHandler(script) + "policy: { rules: [\(Self.rules)] },")
      try channel.serve("--phase", "socket")
      let client = try StreamClient(channel)
      #expect(try client.call("tools/list").object("result")?.objects("tools").count == 1)
    }
  }

  @Test func notificationsAndAnswersAreNeitherRefusedNorCounted() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend(
        settings: #"limits: { rate: "3/1h" }, policy: { rules: [{ effect: "allow", methods: ["ask"] }] },"#)
      let client = try StreamClient(channel)
      try client.ask("1", "ask")
      #expect(try client.reply().text("id") == "q-1")
      for _ in 0..<10 { try client.send(#"{"jsonrpc":"2.0","method":"notifications/progress"}"#) }
      try client.send(#"{"jsonrpc":"2.0","id":"q-1","result":"yes"}"#)
      #expect(try client.reply().object("result")?.text("told") == "yes")
      try client.ask("2", "ping")
      #expect(try client.code() == 0)
      try client.ask("3", "ping")
      #expect(try client.code() == 0)
      try client.ask("4", "ping")
      #expect(try client.code() == 429)
      #expect(try Files.lines(channel.got).count { $0.contains("notifications/progress") } == 10)
    }
  }
}
