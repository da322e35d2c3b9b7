/// A handler of kind `socket`: a server that listens on a Unix socket, one connection to it for each of ours.
package struct UpstreamHandler: Hashable, Sendable {
  /// `path`: of its socket.
  package var path: AbsolutePath
  /// `owner`: whom it may run as, besides root and the channel's user. Default nobody.
  package var owner: AccountName?
  package var limits: StreamLimits

  package init(path: AbsolutePath, owner: AccountName? = nil, limits: StreamLimits = StreamLimits()) {
    self.path = path
    self.owner = owner
    self.limits = limits
  }

  static let ownKeys = ["path", "owner"]

  init?(reading reader: ObjectReader) {
    let path: AbsolutePath? = reader.parsed("path", required: true)
    owner = reader.parsed("owner")
    limits = StreamLimits(reading: reader)
    guard let path else { return nil }
    self.path = path
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The server's socket, and whom the server may run as, besides root and the channel's user.")
    writer.string("path", path)
    writer.string("owner", owner, example: "parrot")
    limits.render(into: &writer)
  }
}
