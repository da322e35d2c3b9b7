/// One of a rule's `executables`: a program by its contents, and by its path where that is to be the same too.
package struct ExecutableSettings: Hashable, Sendable {
  /// `path`: where the program's file is, links resolved. Nobody but its owner and root may be able to write to it.
  package var path: AbsolutePath?
  /// `sha256`: of the program's file. Required.
  package var sha256: SHA256Text

  package init(path: AbsolutePath? = nil, sha256: SHA256Text) {
    self.path = path
    self.sha256 = sha256
  }

  init?(reading reader: ObjectReader) {
    let path: AbsolutePath? = reader.parsed("path")
    guard let sha256: SHA256Text = reader.parsed("sha256", required: true) else { return nil }
    self.init(path: path, sha256: sha256)
  }

  func render(into writer: inout JSON5Writer) {
    if let path { writer.string("path", path) }
    writer.string("sha256", sha256)
  }
}
