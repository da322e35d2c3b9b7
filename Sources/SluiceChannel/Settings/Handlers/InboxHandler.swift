/// A handler of kind `file-drop`: an old server that reads one file, fed one message at a time.
package struct InboxHandler: Hashable, Sendable {
  /// `path`: the file that the old server reads and removes. Not a legacy path of the relay's.
  package var path: AbsolutePath
  /// `mode`: of that file. Default 0600.
  package var mode: FileMode
  /// `deadline`: how long the old server may take to take one message. Default 30s; 1ms to 7d.
  package var deadline: TimeSpan

  package init(path: AbsolutePath, mode: FileMode = .ownerOnly, deadline: TimeSpan = .seconds(30)) {
    self.path = path
    self.mode = mode
    self.deadline = deadline
  }

  static let keys = ["path", "mode", "deadline"]

  init?(reading reader: ObjectReader) {
    let path: AbsolutePath? = reader.parsed("path", required: true)
    mode = reader.fileMode("mode") ?? .ownerOnly
    deadline = reader.duration("deadline", in: .timeoutRange) ?? .seconds(30)
    guard let path else { return nil }
    self.path = path
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The file that the old server reads and removes, its mode, and how long one message may lie there.")
    writer.string("path", path)
    writer.string("mode", mode)
    writer.string("deadline", deadline)
  }
}
