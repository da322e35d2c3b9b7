/// `relay`: the service that forwards legacy drops.
package struct RelaySettings: Hashable, Sendable {
  /// `user`: the account that the relay runs as, if not the channel's user.
  package var user: AccountName?
  /// `quarantine`: the most bytes that are kept of drops that could not be forwarded. Default 64M; 0 to 1024G.
  package var quarantine: ByteCount
  /// `pending`: the most claimed drops that wait to be forwarded. Default 1024; 1 to 1000000.
  package var pending: Int
  /// `durable`: whether a drop is on the disk before its file is let go of, so that a power cut loses none. Default false.
  package var isDurable: Bool

  package init(
    user: AccountName? = nil, quarantine: ByteCount = ByteCount(bytes: 64 << 20), pending: Int = 1024,
    isDurable: Bool = false
  ) {
    self.user = user
    self.quarantine = quarantine
    self.pending = pending
    self.isDurable = isDurable
  }

  init(reading reader: ObjectReader) {
    let defaults = RelaySettings()
    self.init(
      user: reader.parsed("user"),
      quarantine: reader.byteCount("quarantine", in: 0...ByteCount(bytes: 1 << 40)) ?? defaults.quarantine,
      pending: reader.integer("pending", in: 1...1_000_000) ?? defaults.pending,
      isDurable: reader.boolean("durable") ?? defaults.isDurable)
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The account that the relay runs as, if not the channel's user.")
    writer.string("user", user, example: "sluice-relay")
    writer.comment("The most bytes that are kept of drops that could not be forwarded.")
    writer.byteCount("quarantine", quarantine)
    writer.comment("The most claimed drops that wait to be forwarded.")
    writer.integer("pending", pending)
    writer.comment(
      "Whether a drop is on the disk before its file is let go of: a power cut loses none, and each takes longer.")
    writer.boolean("durable", isDurable)
  }
}
