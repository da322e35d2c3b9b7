internal import SluiceChannel
internal import SluiceWire

/// What a server tells the one that takes over, besides conversations.
struct HandoverState: Equatable, Sendable {
  var pid: Int64 = 0
  var phase: Phase = .fileDrop
  /// What is open besides file drops, since a migration may have opened more than its phase says.
  var transports: [TransportKind] = []
  /// What the descriptor of the token's queue is called.
  static let token = "token"
  private static let format: Int64 = 2

  /// What each descriptor beside this is: `serve.lock`, for each listener its name and, with `.lock`, its lock, and the
  /// token's queue.
  var descriptors: [String] = []
  /// Names of listeners that a service manager made.
  var inherited: [String] = []
  /// Conversations that follow.
  var conversations = 0

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", Self.format)
    json.member("pid", pid)
    json.member("phase", phase.rawValue)
    Self.list("transports", transports.map(\.rawValue), &json)
    Self.list("descriptors", descriptors, &json)
    Self.list("inherited", inherited, &json)
    json.member("conversations", conversations)
    json.endObject()
    return json.bytes
  }

  private static func list(_ name: StaticString, _ texts: [String], _ json: inout JSONWriter) {
    json.beginArray(name)
    for text in texts { json.element(text) }
    json.endArray()
  }

  init() {}

  /// Nil for what is not of this format.
  init?(json bytes: [UInt8]) {
    guard let value = try? JSON5.parse(bytes), case .object(let object) = value.kind else { return nil }
    func number(_ key: String) -> Int64? {
      guard case .number(let number)? = object[key]?.kind else { return nil }
      return number.integer
    }
    func strings(_ key: String) -> [String]? {
      guard case .array(let list)? = object[key]?.kind else { return nil }
      return list.compactMap { if case .string(let text) = $0.kind { text } else { nil } }
    }
    guard number("format") == Self.format, let pid = number("pid"),
      let phase = number("phase").flatMap({ Int(exactly: $0) }).flatMap(Phase.init(rawValue:)),
      let transports = strings("transports"), let descriptors = strings("descriptors"),
      let inherited = strings("inherited"), let count = number("conversations").flatMap({ Int(exactly: $0) })
    else { return nil }
    self.pid = pid
    self.phase = phase
    self.transports = transports.compactMap(TransportKind.init(rawValue:))
    self.descriptors = descriptors
    self.inherited = inherited
    conversations = count
  }
}
