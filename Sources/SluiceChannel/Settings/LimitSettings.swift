/// `limits`: how much a peer and a user may take.
package struct LimitSettings: Hashable, Sendable {
  /// `message`: the largest message. Default 1M; 1K to 64M.
  package var message: ByteCount
  /// `connections`: the most connections at a time. Default 1024; 1 to 65536.
  package var connections: Int
  /// `perUserConnections`: the most connections of one user at a time. Default none of its own.
  package var perUserConnections: Int?
  /// `output`: the most bytes of replies that are kept for one peer. Default 4M; 1K to 1G.
  package var output: ByteCount
  /// `rate`: the most requests of one user. Default none.
  package var rate: Rate?
  /// `firstByte`: how long a new connection may stay silent. Default for ever; 1ms to 7d.
  package var firstByte: TimeSpan?
  /// `idle`: how long a connection may stay silent between messages. Default for ever; 1ms to 7d.
  package var idle: TimeSpan?

  package init(
    message: ByteCount = ByteCount(bytes: 1 << 20), connections: Int = 1024, perUserConnections: Int? = nil,
    output: ByteCount = ByteCount(bytes: 4 << 20), rate: Rate? = nil, firstByte: TimeSpan? = nil,
    idle: TimeSpan? = nil
  ) {
    self.message = message
    self.connections = connections
    self.perUserConnections = perUserConnections
    self.output = output
    self.rate = rate
    self.firstByte = firstByte
    self.idle = idle
  }

  /// What `message` may be.
  package static let messageRange = ByteCount(bytes: 1 << 10)...ByteCount(bytes: 64 << 20)

  init(reading reader: ObjectReader) {
    let defaults = LimitSettings()
    self.init(
      message: reader.byteCount("message", in: Self.messageRange) ?? defaults.message,
      connections: reader.integer("connections", in: 1...65536) ?? defaults.connections,
      perUserConnections: reader.integer("perUserConnections", in: 1...65536),
      output: reader.byteCount("output", in: .outputRange) ?? defaults.output,
      rate: reader.rate("rate"),
      firstByte: reader.duration("firstByte", in: .timeoutRange),
      idle: reader.duration("idle", in: .timeoutRange))
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The largest message.")
    writer.byteCount("message", message)
    writer.comment("The most connections at a time, of all users and of one.")
    writer.integer("connections", connections)
    writer.integer("perUserConnections", perUserConnections, example: 64)
    writer.comment("The most bytes of replies that are kept for one peer.")
    writer.byteCount("output", output)
    writer.comment("The most requests of one user.")
    writer.string("rate", rate, example: "100/1m")
    writer.comment("How long a connection may stay silent at its start, and between messages.")
    writer.string("firstByte", firstByte, example: "10s")
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
