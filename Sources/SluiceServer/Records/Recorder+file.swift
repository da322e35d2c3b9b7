internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem

/// Whether the log's name still leads to the file that is written: something else may rotate it.
extension Recorder {
  private static let lookInterval: Int64 = 1_000_000_000

  /// Looks now and then, off the path of messages.
  func watchFile(at path: String, noticed: @escaping (String) -> Void) {
    reactor.schedule(after: Self.lookInterval) { [weak self] in
      guard let self, !self.isGivenAway else { return }
      self.lookAtFile(path, noticed)
      self.watchFile(at: path, noticed: noticed)
    }
  }

  private func lookAtFile(_ path: String, _ noticed: (String) -> Void) {
    do throws(Errno) {
      if let foreign = foreignFile, !audit.keeps(foreign) {
        foreignFile = nil
        fileTrouble = nil
      }
      guard try audit.isReplaced() else {
        if foreignFile == nil { fileTrouble = nil }
        return
      }
      let kept = try audit.putBack(at: Clock.realtime)
      guard let kept else {
        return noticed(
          "\(path) was taken away while the server wrote it: all of its records are there again; \(Self.remedy)")
      }
      foreignFile = kept
      let place = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      let text =
        "\(path) was replaced while the server wrote it: all of its records are there again, and what was put there is"
        + " kept as \(place)\(kept); \(Self.remedy), then move that file away"
      fileTrouble = text
      noticed(text)
      note("log-put-back") { line in line.member("foreign", kept) }
    } catch {
      let text = "\(path) was replaced while the server writes it, and cannot be put back: \(error); \(Self.remedy)"
      if text != fileTrouble { noticed(text) }
      fileTrouble = text
    }
  }

  private static let remedy = "let nothing else rotate or edit it (audit.rotate and audit.keep of the channel file do)"
}
