internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem

/// Whether the log's name still leads to the file that is written: something else may rotate it.
extension Recorder {
  func watchFile(at path: String, noticed: @escaping (String) -> Void) {
    logWatch = LogWatch(path: path, writer: "server")
    lookAtFileSoon(noticed)
  }

  private func lookAtFileSoon(_ noticed: @escaping (String) -> Void) {
    reactor.schedule(after: LogWatch.interval) { [weak self] in
      guard let self, !self.isGivenAway else { return }
      if let found = self.logWatch?.look(at: self.audit, time: Clock.realtime) {
        noticed(found.text)
        if let foreign = found.foreign { self.note("log-put-back") { line in line.member("foreign", foreign) } }
      }
      self.lookAtFileSoon(noticed)
    }
  }
}
