import SluiceWire
import Testing

/// What is asked over HTTP, and what is refused before a byte of the body counts.
@Suite struct HTTPHeadTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var method = "POST"
    var target = "/hook?event=Stop"
    var version = "HTTP/1.1"
    var length: [String] = ["2"]
    var transfer: [String] = []
    var content: [String] = []
    var isMisnamed = false
    var testDescription: String { "\(method) \(target) \(version) \(length) \(transfer) \(content)" }

    var head: HTTPHead {
      var head = HTTPHead(method: method, target: target, version: version)
      head.length = HTTPHead.Header(count: length.count, value: length.first ?? "")
      head.transferEncoding = HTTPHead.Header(count: transfer.count, value: transfer.first ?? "")
      head.contentEncoding = HTTPHead.Header(count: content.count, value: content.first ?? "")
      head.hasMisnamedHeader = isMisnamed
      return head
    }
  }

  static let longest = String(repeating: "e", count: 64)

  @Test(
    arguments: [
      (Case(), .hook(event: "Stop")),
      (Case(version: "HTTP/1.0"), .hook(event: "Stop")),
      (Case(target: "/hook?event=a.B_c-9"), .hook(event: "a.B_c-9")),
      (Case(target: "/hook?event=\(longest)"), .hook(event: longest)),
      (Case(length: ["0"]), .hook(event: "Stop")),
      (Case(length: ["0100"]), .hook(event: "Stop")),
      (Case(length: ["100"]), .hook(event: "Stop")),
      (Case(length: [], transfer: ["chunked"]), .hook(event: "Stop")),
      (Case(length: [], transfer: ["Chunked"]), .hook(event: "Stop")),
      (Case(method: "GET", target: "/health", length: []), .health),
      (Case(method: "HEAD", target: "/health", length: []), .health),
      (Case(method: "GET", target: "/metrics", length: ["0"]), .metrics),
    ] as [(Case, HTTPRequest)])
  func taken(_ asked: Case, _ expected: HTTPRequest) throws {
    #expect(try asked.head.request(messageLimit: 100) == expected)
  }

  @Test(
    arguments: [
      // What a second reader could understand otherwise.
      (Case(length: ["2", "2"]), 400), (Case(length: ["2", "3"]), 400), (Case(transfer: ["chunked"]), 400),
      (Case(length: [], transfer: ["chunked", "chunked"]), 400), (Case(length: [], transfer: ["gzip, chunked"]), 400),
      (Case(length: [], transfer: ["identity"]), 400), (Case(length: [], transfer: [""]), 400),
      (Case(version: "HTTP/1.0", length: [], transfer: ["chunked"]), 400),
      (Case(isMisnamed: true), 400), (Case(length: ["-1"]), 400), (Case(length: ["+1"]), 400),
      (Case(length: [""]), 400), (Case(length: ["1 1"]), 400),
      (Case(length: ["1, 1"]), 400), (Case(length: ["0x1"]), 400), (Case(length: ["1e1"]), 400),
      (Case(length: ["٣"]), 400), (Case(length: ["9999999999999999999999"]), 400),
      // Too much.
      (Case(length: ["101"]), 413), (Case(length: ["999999999999999999"]), 413), (Case(length: []), 411),
      // Elsewhere, or otherwise.
      (Case(version: "HTTP/2.0"), 505), (Case(version: ""), 505), (Case(version: "HTTP/1.10"), 505),
      (Case(target: "/"), 404), (Case(target: ""), 404), (Case(target: "/hook/"), 404), (Case(target: "/HOOK"), 404),
      (Case(target: "//hook?event=E"), 404), (Case(target: "/%68ook?event=E"), 404), (Case(target: "*"), 404),
      (Case(target: "http://host/hook?event=E"), 404), (Case(target: "/hook#?event=E"), 404),
      (Case(method: "GET"), 405), (Case(method: "PUT"), 405), (Case(method: "post"), 405), (Case(method: ""), 405),
      (Case(method: "POST", target: "/health"), 405), (Case(method: "DELETE", target: "/metrics"), 405),
      (Case(method: "GET", target: "/health"), 400), (Case(method: "GET", target: "/health?x", length: []), 400),
      (Case(method: "GET", target: "/metrics", length: [], transfer: ["chunked"]), 400),
      (Case(content: ["gzip"]), 415), (Case(content: ["identity"]), 415),
      // The event.
      (Case(target: "/hook"), 400), (Case(target: "/hook?"), 400), (Case(target: "/hook?event="), 400),
      (Case(target: "/hook?Event=E"), 400), (Case(target: "/hook?event=E&event=F"), 400),
      (Case(target: "/hook?event=E&"), 400), (Case(target: "/hook?a=b&event=E"), 400),
      (Case(target: "/hook?event=E%41"), 400), (Case(target: "/hook?event=a/b"), 400),
      (Case(target: "/hook?event=a*"), 400), (Case(target: "/hook?event=a:b"), 400),
      (Case(target: "/hook?event=a b"), 400),
      (Case(target: "/hook?event=a\nb"), 400), (Case(target: "/hook?event=é"), 400),
      (Case(target: "/hook?event=E#F"), 400),
      (Case(target: "/hook?event=\(longest)e"), 400), (Case(target: "/hook?event=E?event=F"), 400),
    ] as [(Case, Int)])
  func refused(_ asked: Case, _ status: Int) {
    let refusal = #expect(throws: Refusal.self) { try asked.head.request(messageLimit: 100) }
    #expect(refusal?.code.httpStatus == status)
  }

  @Test(arguments: [("/hook?event=E", "POST"), ("/health", "GET, HEAD"), ("/metrics", "GET, HEAD"), ("/", nil)])
  func allowed(_ target: String, _ expected: String?) {
    #expect(HTTPHead(method: "PATCH", target: target).allowedMethods == expected)
  }
}
