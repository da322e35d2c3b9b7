import SluiceChannel
import SluiceSystem
import Testing

/// Hostile bytes over HTTP: each is answered in its terms, recorded once, and nobody else's loss.
@Suite(.serialized, .printsLogs)
struct HookAttackTests {
  private static let close = "Host: x\r\nConnection: close\r\n"
  private static func post(_ headers: String, _ body: String = "", target: String = "/hook?event=Stop") -> String {
    "POST \(target) HTTP/1.1\r\n\(close)\(headers)\r\n\(body)"
  }

  struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    var parts: [String] = []
    /// Sent behind the parts, so many times.
    var repeating = ("", 0)
    /// The statuses that may come back.
    let statuses: [String]
    /// Messages that are handled, and that are rejected.
    var handled: Int64 = 0
    var rejected: Int64 = 1
    var testDescription: String { name }
  }

  /// The library refuses such a length by itself, and 0.9.75 writes the head of its answer twice.
  private static let misread = ["400", "400 400"]

  /// Of a request that breaks off; the library may notice first, and says nothing.
  private static let broken = ["400", ""]

  static let attacks = [
    // Lengths.
    Attack(name: "no length", parts: [post("", "{}")], statuses: ["411"]),
    Attack(name: "a length that is no number", parts: [post("Content-Length: two\r\n", "{}")], statuses: misread),
    Attack(name: "a negative length", parts: [post("Content-Length: -2\r\n", "{}")], statuses: misread),
    Attack(name: "a signed length", parts: [post("Content-Length: +2\r\n", "{}")], statuses: misread),
    Attack(name: "an empty length", parts: [post("Content-Length: \r\n", "{}")], statuses: misread),
    Attack(
      name: "a length beyond numbers", parts: [post("Content-Length: 99999999999999999999\r\n", "{}")],
      statuses: misread + ["413", "413 413"]),
    Attack(
      name: "the same length twice", parts: [post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")],
      statuses: ["400"]),
    Attack(
      name: "two lengths", parts: [post("Content-Length: 2\r\ncontent-length: 40\r\n", "{}")], statuses: ["400"]),
    Attack(name: "a list of lengths", parts: [post("Content-Length: 2, 2\r\n", "{}")], statuses: misread),
    Attack(name: "a length that is too short", parts: [post("Content-Length: 4\r\n", #"{"a":1}"#)], statuses: ["400"]),
    Attack(name: "a length that is too long", parts: [post("Content-Length: 40\r\n", "{}")], statuses: broken),
    Attack(
      name: "a request hidden behind a short length",
      parts: [post("Content-Length: 2\r\n", "{}" + post("Content-Length: 2\r\n", "{}"))], statuses: ["200"], handled: 1,
      rejected: 0),
    // Chunks.
    Attack(
      name: "chunks", parts: [post("Transfer-Encoding: chunked\r\n", "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")],
      statuses: ["200"],
      handled: 1, rejected: 0),
    Attack(
      name: "a chunk size that is none", parts: [post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n")],
      statuses: ["400"]),
    Attack(
      name: "a negative chunk size", parts: [post("Transfer-Encoding: chunked\r\n", "-2\r\n{}\r\n0\r\n\r\n")],
      statuses: ["400"]),
    Attack(
      name: "a chunk size beyond numbers",
      parts: [post("Transfer-Encoding: chunked\r\n", "fffffffffffffffffff\r\n{}\r\n0\r\n\r\n")],
      statuses: ["400", "413"]),
    Attack(
      name: "chunks without an end", parts: [post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n")], statuses: broken),
    // Two readings.
    Attack(
      name: "chunks and a length",
      parts: [post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "2\r\n{}\r\n0\r\n\r\n")], statuses: ["400"]),
    Attack(
      name: "a length and chunks, with a request behind",
      parts: [
        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + post("Content-Length: 2\r\n", "{}"))
      ],
      statuses: ["400"]),
    Attack(
      name: "chunked twice",
      parts: [post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")],
      statuses: ["400"]),
    Attack(
      name: "another transfer encoding", parts: [post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")],
      statuses: ["400"]),
    Attack(
      name: "chunked with a space before its colon",
      parts: [post("Transfer-Encoding : chunked\r\nContent-Length: 2\r\n", "{}")], statuses: ["400"]),
    // Size.
    Attack(
      name: "ten megabytes", parts: [post("Content-Length: 10000002\r\n", "{")], repeating: (" ", 10_000_000),
      statuses: ["413"]),
    Attack(
      name: "ten megabytes of chunks", parts: [post("Transfer-Encoding: chunked\r\n")],
      repeating: (#"a\r\n          \r\n"#, 1_000_000), statuses: ["413"]),
    Attack(
      name: "a header of a megabyte", parts: ["POST /hook?event=Stop HTTP/1.1\r\nX: "], repeating: ("x", 1_000_000),
      statuses: ["431", "400", "413"]),
    Attack(
      name: "a flood of headers", parts: ["POST /hook?event=Stop HTTP/1.1\r\n"], repeating: (#"X: y\r\n"#, 100_000),
      statuses: ["431", "400", "413"]),
    Attack(
      name: "a target of a megabyte", parts: ["GET /"], repeating: ("x", 1_000_000), statuses: ["414", "400", "431"]),
    // What is asked.
    Attack(name: "nothing there", parts: ["GET /nothing HTTP/1.1\r\n\(close)\r\n"], statuses: ["404"]),
    Attack(name: "a hook with GET", parts: ["GET /hook?event=Stop HTTP/1.1\r\n\(close)\r\n"], statuses: ["405"]),
    Attack(name: "a method that nobody knows", parts: ["FROB /health HTTP/1.1\r\n\(close)\r\n"], statuses: ["405"]),
    Attack(name: "no event", parts: [post("Content-Length: 2\r\n", "{}", target: "/hook")], statuses: ["400"]),
    Attack(
      name: "two events", parts: [post("Content-Length: 2\r\n", "{}", target: "/hook?event=A&event=B")],
      statuses: ["400"]),
    Attack(
      name: "an event with an escape", parts: [post("Content-Length: 2\r\n", "{}", target: "/hook?event=%53top")],
      statuses: ["400"]),
    Attack(
      name: "an event that climbs", parts: [post("Content-Length: 2\r\n", "{}", target: "/hook?event=../Stop")],
      statuses: ["400"]),
    Attack(
      name: "a compressed body", parts: [post("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}")],
      statuses: ["415"]),
    Attack(name: "another version", parts: ["GET /health HTTP/3.7\r\n\(close)\r\n"], statuses: ["505", "400"]),
    Attack(name: "no version", parts: ["GET /health\r\n\r\n"], statuses: ["505", "400", ""]),
    Attack(
      name: "the preface of HTTP/2", parts: ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], statuses: ["505", "400", "404"]),
    Attack(name: "no request at all", parts: ["GARBAGE\r\n\r\n"], statuses: ["400", "505", ""]),
    Attack(name: "half a request line", parts: ["GET /hea"], statuses: broken),
    // Bodies.
    Attack(name: "no JSON", parts: [post("Content-Length: 3\r\n", "{a}")], statuses: ["400"]),
    Attack(name: "no object", parts: [post("Content-Length: 2\r\n", "[]")], statuses: ["400"]),
    Attack(name: "nothing", parts: [post("Content-Length: 0\r\n")], statuses: ["400"]),
    Attack(
      name: "an envelope that vouches",
      parts: [post("Content-Length: 35\r\n", #"{"sluice":{"origin":{"uid":12345}}}"#)],
      statuses: ["400"]),
    Attack(
      name: "ten requests at once",
      parts: [String(repeating: "POST /hook?event=Stop HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", count: 10)],
      statuses: [Array(repeating: "200", count: 10).joined(separator: " ")], handled: 10, rejected: 0),
  ]

  /// All on one server, so that what one leaves behind would show at the next.
  @Test func everyAttackIsAnsweredAndRecordedOnce() throws {
    try Rehearsal.run(Rehearsal.http) { channel in
      let (server, _) = try channel.open("socket")
      let bystander = try SocketClient(channel, as: [])
      var handled: Int64 = 0
      var rejected: Int64 = 0
      for attack in Self.attacks {
        let answers = try channel.raw(attack.parts, repeating: attack.repeating)
        #expect(attack.statuses.contains(answers.statuses), "\(attack.name): \(answers)")
        #expect(answers.ends.hasSuffix("end") || answers.ends.hasSuffix("ResetError"), "\(attack.name): \(answers)")
        #expect(try bystander.code("ping") == 0)
        handled += attack.handled + 1
        rejected += attack.rejected
        var found: (Int64, Int64) = (0, 0)
        try eventually(
          "\(attack.name): \(answers.statuses); \(found) are recorded of \(handled), \(rejected)", seconds: 5
        ) {
          found = (try channel.count("socket", "handled"), try channel.count("socket", "rejected"))
          return found == (handled, rejected)
        }
      }
      try eventually("no connection is left but the bystander's") { try channel.status().number("connections") == 1 }
      #expect(server.isRunning)
      try channel.expectBalanced()
    }
  }

  @Test func curlReadsWhyTenMegabytesAreRefused() throws {
    try Rehearsal.run(Rehearsal.http) { channel in
      try channel.open("socket")
      let body = #"{"a":""# + String(repeating: "x", count: 10_000_000) + #""}"#
      #expect(try channel.hook("Stop", body) == "413")
      // Without the pause that waits for the server's leave, and with chunks.
      #expect(try channel.startCurl("/hook?event=Stop", body: body, "-H", "Expect:").end().lines.last == "413")
      let chunks = try channel.startCurl(
        "/hook?event=Stop", body: body, "-H", "Expect:", "-H", "Transfer-Encoding: chunked"
      ).end()
      #expect(chunks.lines.last == "413", "\(chunks)")
      let whole = #"{"a":""# + String(repeating: "x", count: (1 << 20) - 8) + #""}"#
      #expect(try channel.hook("Stop", whole) == "200")
      try eventually("each is recorded once") {
        try channel.count("socket", "rejected") == 3 && channel.count("socket", "handled") == 1
      }
    }
  }

  @Test(
    "slow requests are ended, and nobody waits for them",
    arguments: [
      ["P", "O", "S", "T", " ", "/", "h", "o", "o", "k", "?", "e"],
      ["POST /hook?event=Stop HTTP/1.1\r\n", "A: b\r\n", "A: b\r\n", "A: b\r\n", "A: b\r\n", "A: b\r\n", "A: b\r\n"],
      [post("Content-Length: 100\r\n"), "{", " ", " ", " ", " ", " ", " ", " ", " "],
      [post("Transfer-Encoding: chunked\r\n"), "1\r\n{\r\n", "1\r\n \r\n", "1\r\n \r\n", "1\r\n \r\n", "1\r\n \r\n"],
    ])
  func slowRequests(parts: [String]) throws {
    try Rehearsal.run(Rehearsal.http + #"limits: { unfinished: "500ms" },"#) { channel in
      try channel.open("socket")
      let bystander = try SocketClient(channel, as: [])
      let start = Clock.monotonic
      let answers = try channel.raw(parts, halfCloses: false, pause: 0.3)
      #expect(answers.statuses == "408", "\(answers)")
      #expect(Clock.monotonic - start < 15_000_000_000)
      #expect(try bystander.code("ping") == 0 && channel.hook("Stop") == "200")
      try eventually("it is no connection any more") { try channel.status().number("connections") == 1 }
    }
  }

  /// A body that says who sent it, what it is and where it came from, in every word that we use for these.
  @Test func noWordOfABodyBecomesAFact() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(#"env | sort >>"$1"; cat >/dev/null"# + "\n") + Rehearsal.http)
      try channel.open("socket")
      let words = [
        "uid", "gid", "pid", "route", "event", "attestation", "method", "dialect", "grade", "seq", "time", "gen",
      ]
      let members = words.map { #""\#($0)":"forged-\#($0)""# }
      let body = "{\(members.joined(separator: ","))}"
      let outcome = try channel.startCurl(
        "/hook?event=Real", body: body, "-H", "SLUICE_HOOK_EVENT: forged", "-H", "X-Peer-Uid: forged", "-H",
        "Host: forged", "-H", "User-Agent: forged"
      ).end()
      #expect(outcome.output == "\n200", "\(outcome)")
      let environment = try Files.text(channel.record)
      #expect(environment.contains("SLUICE_HOOK_EVENT=Real\n") && !environment.contains("forged"), "\(environment)")
      try eventually("it is recorded") { try channel.events("handled").count == 1 }
      let log = try Files.text("\(channel.root)/var/log/sluice/parrot-mcp/audit.jsonl")
      #expect(log.contains(#""method":"hook/Real""#) && !log.contains("forged"))
    }
  }

  /// A library that reads on refuses it; one that does not must mean the same by it everywhere.
  @Test func aZeroByteHidesNothing() throws {
    try Rehearsal.run { channel in
      try channel.configure(
        try channel.scriptHandler(#"cat >/dev/null; echo "$SLUICE_HOOK_EVENT" >>"$1""# + "\n") + Rehearsal.http)
      try channel.open("socket")
      let answers = try channel.raw([
        Self.post("Content-Length: 2\r\n", "{}", target: "/hook?event=St\u{0}op HTTP/1.1\u{0}")
      ])
      try eventually("it is recorded") { try channel.count("socket", "accepted") == 1 }
      if answers.statuses == "200" {
        #expect(try Files.lines(channel.record) == ["St"])
        #expect(try channel.events("handled").map { $0.text("method") } == ["hook/St"])
      } else {
        #expect(["400", "404", "505", ""].contains(answers.statuses), "\(answers)")
        #expect(try !Files.exists(channel.record))
      }
    }
  }

  @Test(.enabled(if: Users.isAvailable, "\(Users.reason)"))
  func aGreedyUserLeavesPlacesToOthers() throws {
    try Rehearsal.run("\(Users.settings) socket: { http: true }, limits: { connections: 32 },", isOpen: true) {
      channel in
      try channel.open("socket")
      let greedy = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        held = []
        for _ in range(64):
            s = open_one()
            try: s.sendall(b'POST /hook?event=Stop HTTP/1.1\\r\\nContent-Length: 9\\r\\n\\r\\n{')
            except OSError: pass
            held.append(s)
        print('held'); time.sleep(60)
        """)
      try greedy.until("all are held") { $0.contains("held") }
      #expect(try channel.hook("Stop", user: Users.prefix(Users.quiet)) == "200")
      #expect(try channel.hook("Stop") == "200")
      greedy.kill()
      try eventually("its places are free again") { try channel.status().number("connections") == 0 }
    }
  }
}
