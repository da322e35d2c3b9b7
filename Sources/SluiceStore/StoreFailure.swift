/// A failure of the state database: what was attempted, and SQLite's words.
package struct StoreFailure: Error, Sendable, CustomStringConvertible {
  package let path: String
  package let doing: String
  package let text: String
  /// The result code (sqlite.org, "Result and Error Codes"): 5 busy, 8 read-only, 11 corrupt, 13 full, 14 cannot open.
  package let code: Int32

  package init(path: String, doing: String, text: String, code: Int32) {
    self.path = path
    self.doing = doing
    self.text = text
    self.code = code
  }

  /// Nobody but the channel's user and root may look: SQLITE_PERM.
  init(notPermitted path: String) {
    self.init(
      path: path, doing: "read it", text: "permission denied; run this as the channel's user or as root", code: 3)
  }

  package var isNotPermitted: Bool { code & 0xff == 3 }
  package var isBusy: Bool { code & 0xff == 5 }
  package var description: String { "\(path): cannot \(doing): \(text)" }
}
