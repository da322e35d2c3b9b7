/// `socket`: the file permissions of the channel's socket.
package struct SocketSettings: Hashable, Sendable {
  /// `mode`: default 0600, or 0660 when access is `group`.
  package var mode: FileMode
  /// `allowAnyone`: the mode may let every user of this host connect. Default false.
  package var allowAnyone: Bool
  /// `http`: hook clients may speak HTTP/1.1 on the socket. Default false: it loads a library that no other client needs.
  package var http: Bool

  package init(mode: FileMode, allowAnyone: Bool = false, http: Bool = false) {
    self.mode = mode
    self.allowAnyone = allowAnyone
    self.http = http
  }

  /// The defaults for this access.
  package init(access: Access) {
    self.init(mode: access == .group ? .ownerAndGroup : .ownerOnly)
  }

  init(reading reader: ObjectReader, access: Access) {
    self.init(access: access)
    mode = reader.fileMode("mode") ?? mode
    allowAnyone = reader.boolean("allowAnyone") ?? allowAnyone
    http = reader.boolean("http") ?? http
  }

  /// What is wrong with the mode, to be asked again after a flag or variable has changed it.
  ///
  /// Only the write bits decide who may connect (unix(7)), but a mode that lets others read promises
  /// them something too.
  package var modeProblem: String? {
    if mode.isExecutable { return "mode \(mode) has execute bits, which mean nothing on a socket" }
    if mode.isSpecial { return "mode \(mode) has a set-ID or sticky bit, which mean nothing on a socket" }
    if mode.grantsOthers, !allowAnyone {
      return "mode \(mode) grants something to every user of this host; that needs allowAnyone: true"
    }
    return nil
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("Who may connect; a mode that grants something to every user needs allowAnyone.")
    writer.string("mode", mode)
    writer.boolean("allowAnyone", allowAnyone)
    writer.comment("Whether hook clients may speak HTTP (curl --unix-socket); needs libmicrohttpd.")
    writer.boolean("http", http)
  }
}
