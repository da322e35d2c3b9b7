package import SluiceWire

/// What a bridge knows of the conversation that it carries, and what it does about it: no I/O.
///
/// Bytes pass as they are. Each line is read once, to know which requests wait for an answer and what opened the
/// session: when the server is gone, a request that was written in part or whole is answered with 502 and never written
/// again (it may have run), one that was not is kept for the next connection, and the session is opened there anew with
/// the host's own words.
package struct BridgeSession {
  /// Bounds of what is kept, and times in nanoseconds.
  package struct Limits: Sendable {
    /// The host is not read while as many requests wait for answers.
    package var calls = 16_384
    /// Nor while so many bytes wait for the server, or for the host to read.
    package var waiting = 1 << 20
    /// How long a request waits for a server.
    package var hold: Int64 = 8_000_000_000
    /// How long a server may take to say that it is ready.
    package var greeting: Int64 = 10_000_000_000
    /// How long a server may take to answer the opening of the session.
    package var opening: Int64 = 30_000_000_000
    /// Lines of a server in a row, from its first, that are no messages.
    package var junk = 16
    /// Openings in a row that servers may refuse.
    package var refusals = 5
    package init() {}
  }

  /// Where the connection is.
  package enum Link: Sendable { case down, greeting, opening, open }

  /// What a connection is good for after a line.
  package enum Verdict: Equatable, Sendable {
    case goOn
    /// To be given up; another may do.
    case lost(String)
    /// No other will do either.
    case broken(String)
  }

  /// How the host opened a session of the revisions that have one (2025-11-25 and before).
  struct Opening {
    let initialize: [UInt8]
    let id: RequestID
    /// The lists of which the server said that it announces changes.
    var changingLists: [String] = []
    /// `notifications/initialized`, once it was written.
    var initialized: [UInt8]?
  }

  /// A server's own requests that may wait for the host.
  static let serverCallLimit = 1024

  let limits: Limits
  let reader: MessageReader
  /// Whether the server is one that answers `ConnectionWords`.
  let greets: Bool

  package internal(set) var link = Link.down
  var linkDeadline: Int64 = .max
  var calls = CallTable()
  var outbox = Outbox()
  /// What the bridge itself says to the server, before anything of the host.
  var preface: [UInt8] = []
  var prefaceSent = 0
  var opening: Opening?
  /// `initialize` was taken and has no answer yet.
  var proposed: Opening?
  var initialized: [UInt8]?
  var refusals = 0
  var serverCalls: Set<RequestID> = []
  /// Subscriptions whose server is gone; they end when there is another to subscribe to.
  var endedListens: [BridgeCall] = []
  /// Valid lines of the server on this connection, and others.
  var heard = 0
  var junk = 0
  /// For the host, from `outputSent` on.
  package internal(set) var output: [UInt8] = []
  package private(set) var outputSent = 0
  /// For people.
  package private(set) var notes: [String] = []

  package init(greets: Bool, limits: Limits = Limits(), reader: MessageReader = MessageReader()) {
    self.greets = greets
    self.limits = limits
    self.reader = reader
  }

  /// Whether the host is to be read.
  package var wantsHost: Bool {
    outbox.count < limits.waiting && outputCount < limits.waiting && calls.count < limits.calls
      && calls.idBytes < 8 * limits.waiting
  }
  /// Whether the server is to be read.
  package var wantsServer: Bool { outputCount < limits.waiting }
  package var outputCount: Int { output.count - outputSent }
  /// Whether a connection is of use now: there is something to send, or a session to keep.
  package var needsServer: Bool { !outbox.isEmpty || opening != nil || !endedListens.isEmpty }
  /// The server has said something valid on this connection.
  package var hasHeard: Bool { heard > 0 }
  /// Nothing waits to be written or answered.
  package var isSettled: Bool { outbox.isEmpty && preface.isEmpty && !calls.hasCalls }

  mutating func note(_ text: String) {
    // Who reads them may be slow; a reason that came sixteen times is known.
    if notes.count < 16 { notes.append(text) }
  }
  package mutating func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }

  // MARK: Bytes

  package mutating func wroteToHost(_ count: Int) {
    outputSent += count
    if outputSent == output.count {
      output.removeAll(keepingCapacity: output.capacity <= 1 << 18)
      outputSent = 0
    } else if outputSent > 1 << 18 {
      output.removeFirst(outputSent)
      outputSent = 0
    }
  }

  /// What is to be written to the server now, and from which place on.
  package var pending: (bytes: [UInt8], from: Int)? {
    if !preface.isEmpty { return (preface, prefaceSent) }
    return link == .open && !outbox.isEmpty ? (outbox.bytes, outbox.position) : nil
  }

  package mutating func wroteToServer(_ count: Int) {
    if !preface.isEmpty {
      prefaceSent += count
      if prefaceSent == preface.count { clearPreface() }
      return
    }
    var begun: [Outbox.Meaning] = []
    outbox.wrote(count) { begun.append($0) }
    for meaning in begun {
      switch meaning {
      case .request(let call): calls.add(call)
      case .initialized: opening?.initialized = initialized
      case .cancel(let id): calls.remove(id)
      case .response, .other: break
      }
    }
  }

  mutating func clearPreface() {
    preface = []
    prefaceSent = 0
  }

  mutating func send(_ line: [UInt8]) { preface.append(contentsOf: line + [UInt8(ascii: "\n")]) }

  mutating func answer(_ call: BridgeCall, _ refusal: Refusal) {
    Reply.append(refusal, dialect: call.dialect, id: call.id, to: &output)
    if call.id == proposed?.id { proposed = nil }
  }

  /// A notification of the bridge's own to the host.
  mutating func notify(_ method: String, _ parameters: (inout JSONWriter) -> Void = { _ in }) {
    var json = JSONWriter()
    json.beginObject()
    json.member("jsonrpc", "2.0")
    json.member("method", method)
    json.beginObject("params")
    parameters(&json)
    json.endObject()
    json.endObject()
    output.append(contentsOf: json.bytes + [UInt8(ascii: "\n")])
  }
}
