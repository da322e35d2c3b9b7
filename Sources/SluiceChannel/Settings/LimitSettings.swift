/// `limits`: how much a peer and a user may take.
package struct LimitSettings: Hashable, Sendable {
  /// `message`: the largest message. Default 1M, 4M where the handler is of kind `stdio` or `socket`; 1K to 64M.
  package var message: ByteCount
  /// `connections`: the most connections at a time. Default 1024; 1 to 65536.
  package var connections: Int
  /// `perUserConnections`: the most connections of one user at a time. Default none of its own.
  package var perUserConnections: Int?
  /// `output`: the most bytes of replies that are kept for one peer. Default 4M; 1K to 1G.
  package var output: ByteCount
  /// `buffers`: the most bytes that are kept for all peers together: messages that have not ended, replies that are not
  /// read. A user may take a share of it. Default 256M; 1M to 64G.
  package var buffers: ByteCount
  /// `calls`: the most calls that wait for the handler, of all users. Default 1024; 1 to 65536.
  package var calls: Int
  /// `rate`: the most requests of one user. Default none.
  package var rate: Rate?
  /// `firstByte`: how long a new connection may stay silent. Default 1m: clients connect in order to speak, and a hand
  /// at a keyboard has time to type; 1ms to 7d.
  package var firstByte: TimeSpan
  /// `unfinished`: how long a message may take from its first byte to its last. Default 30s; 1ms to 7d.
  package var unfinished: TimeSpan
  /// `stalled`: how long replies may wait for a peer that reads none of them. Default 5m, for clients that are stopped
  /// and go on; 1ms to 7d.
  package var stalled: TimeSpan
  /// `idle`: how long a connection may stay silent between messages. Default for ever, since clients of MCP keep a
  /// connection for hours between two messages; 1ms to 7d.
  package var idle: TimeSpan?

  package init(
    message: ByteCount = ByteCount(bytes: 1 << 20), connections: Int = 1024, perUserConnections: Int? = nil,
    output: ByteCount = ByteCount(bytes: 4 << 20), buffers: ByteCount = ByteCount(bytes: 256 << 20),
    calls: Int = 1024, rate: Rate? = nil, firstByte: TimeSpan = .seconds(60), unfinished: TimeSpan = .seconds(30),
    stalled: TimeSpan = .seconds(300), idle: TimeSpan? = nil
  ) {
    self.message = message
    self.connections = connections
    self.perUserConnections = perUserConnections
    self.output = output
    self.buffers = buffers
    self.calls = calls
    self.rate = rate
    self.firstByte = firstByte
    self.unfinished = unfinished
    self.stalled = stalled
    self.idle = idle
  }

  /// What `message` may be.
  package static let messageRange = ByteCount(bytes: 1 << 10)...ByteCount(bytes: 64 << 20)

  /// - Parameter message: the largest message where none is written.
  init(reading reader: ObjectReader, message: ByteCount?) {
    var defaults = LimitSettings()
    if let message { defaults.message = message }
    self.init(
      message: reader.byteCount("message", in: Self.messageRange) ?? defaults.message,
      connections: reader.integer("connections", in: 1...65536) ?? defaults.connections,
      perUserConnections: reader.integer("perUserConnections", in: 1...65536),
      output: reader.byteCount("output", in: .outputRange) ?? defaults.output,
      buffers: reader.byteCount("buffers", in: ByteCount(bytes: 1 << 20)...ByteCount(bytes: 64 << 30))
        ?? defaults.buffers,
      calls: reader.integer("calls", in: 1...65536) ?? defaults.calls,
      rate: reader.rate("rate"),
      firstByte: reader.duration("firstByte", in: .timeoutRange) ?? defaults.firstByte,
      unfinished: reader.duration("unfinished", in: .timeoutRange) ?? defaults.unfinished,
      stalled: reader.duration("stalled", in: .timeoutRange) ?? defaults.stalled,
      idle: reader.duration("idle", in: .timeoutRange))
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The largest message.")
    writer.byteCount("message", message)
    writer.comment("The most connections at a time, of all users and of one. Without a number for one, users other")
    writer.comment("than the channel's get a share of what is left, so that whoever comes next finds a place.")
    writer.integer("connections", connections)
    writer.integer("perUserConnections", perUserConnections, example: 64)
    writer.comment("The most bytes of replies that are kept for one peer.")
    writer.byteCount("output", output)
    writer.comment("The most bytes that are kept for all peers, and the most calls that wait; users get shares.")
    writer.byteCount("buffers", buffers)
    writer.integer("calls", calls)
    writer.comment("The most requests of one user.")
    writer.string("rate", rate, example: "100/1m")
    writer.comment("How long a connection may say nothing at its start, a message may take from its first byte to")
    writer.comment("its last, and replies may wait for a peer that reads none of them.")
    writer.string("firstByte", firstByte)
    writer.string("unfinished", unfinished)
    writer.string("stalled", stalled)
    writer.comment("How long a connection may be silent between messages: for ever, unless it is said.")
    writer.string("idle", idle, example: "1h")
  }
}

extension ClosedRange<ByteCount> {
  /// What a bound on kept replies may be.
  static var outputRange: Self { ByteCount(bytes: 1 << 10)...ByteCount(bytes: 1 << 30) }
}

extension ClosedRange<TimeSpan> {
  /// What a time-out may be.
  package static var timeoutRange: Self { .milliseconds(1) ... .days(7) }
}
