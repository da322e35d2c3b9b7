/// What bounds a conversation with a server that answers on a stream of its own.
package struct StreamLimits: Hashable, Sendable {
  /// `deadline`: how long one request may take; `subscriptions/listen` may take for ever. Default 1h; 1ms to 7d.
  package var deadline: TimeSpan
  /// `output`: the largest line of the server's. Default 8M; 1K to 1G.
  package var output: ByteCount
  /// `linger`: how long answers are waited for once a client has closed its sending side. Default 5s; 1ms to 7d.
  package var linger: TimeSpan
  /// `contents`: what contents of the drop dialect ask for. Default nothing.
  package var contents: [ContentMethod]

  package init(
    deadline: TimeSpan = .seconds(3600), output: ByteCount = ByteCount(bytes: 8 << 20), linger: TimeSpan = .seconds(5),
    contents: [ContentMethod] = []
  ) {
    self.deadline = deadline
    self.output = output
    self.linger = linger
    self.contents = contents
  }

  static let keys = ["deadline", "output", "linger", "contents"]
  /// `limits.message` where nothing is written: arguments of tools carry files.
  static let message = ByteCount(bytes: 4 << 20)

  init(reading reader: ObjectReader) {
    let defaults = StreamLimits()
    deadline = reader.duration("deadline", in: .timeoutRange) ?? defaults.deadline
    output = reader.byteCount("output", in: .outputRange) ?? defaults.output
    linger = reader.duration("linger", in: .timeoutRange) ?? defaults.linger
    contents = reader.allParsed("contents") ?? []
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("How long one request may take, and the largest line of the server's.")
    writer.string("deadline", deadline)
    writer.byteCount("output", output)
    writer.comment("How long answers are waited for once a client has closed its sending side.")
    writer.string("linger", linger)
    writer.comment("What contents of the drop dialect ask for, such as \"list=tools/list\".")
    writer.strings("contents", contents.map(\.description))
  }
}
