internal import SluiceChannel
internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// The relay's own chained record: what it claimed, what it found, and what was settled.
final class RelayLog {
  private let log: AuditLog
  private let reactor: Reactor
  private let noticed: (String) -> Void
  private let settings: AuditSettings
  private var isFlushScheduled = false
  private var logWatch: LogWatch
  /// What an operator is to see to.
  var trouble: String? { logWatch.trouble }
  private var later: [(StaticString, String, (inout JSONWriter) -> Void)] = []

  /// - Parameter owner: the channel's user, where the relay runs as root for another.
  init(
    in directory: borrowing Directory, name: String, owner: Owner?, settings: AuditSettings = AuditSettings(),
    reactor: Reactor, noticed: @escaping (String) -> Void
  ) throws(Errno) {
    log = try AuditLog(in: directory, name: name, mode: 0o600, owner: owner)
    self.settings = settings
    logWatch = LogWatch(path: "\(directory.path)/\(name)", writer: "relay")
    self.reactor = reactor
    self.noticed = noticed
    reactor.atEndOfTurn { [weak self] in self?.catchUp() }
    lookAtFileSoon()
  }

  private func lookAtFileSoon() {
    reactor.schedule(after: LogWatch.interval) { [weak self] in
      guard let self else { return }
      self.catchUp()
      if let found = self.logWatch.look(at: self.log, time: Clock.realtime) {
        self.noticed(found.text)
        if let foreign = found.foreign { self.write("log-put-back", id: "") { $0.member("foreign", foreign) } }
      }
      self.lookAtFileSoon()
    }
  }

  /// Writes behind what has a message waiting for it: at the next `write` or `catchUp`, or the end of the turn. What is
  /// told so must come again after a kill before that.
  func writeLater(_ event: StaticString, id: String, _ members: @escaping (inout JSONWriter) -> Void) {
    later.append((event, id, members))
  }

  func catchUp() {
    guard !later.isEmpty else { return }
    let waiting = later
    later.removeAll(keepingCapacity: true)
    for (event, id, members) in waiting { store(event, id, members) }
  }

  func write(_ event: StaticString, id: String, _ members: (inout JSONWriter) -> Void = { _ in }) {
    catchUp()
    store(event, id, members)
  }

  private func store(_ event: StaticString, _ id: String, _ members: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    json.beginObject()
    json.member("seq", log.nextSequence())
    json.member("time", Timestamp.now.description)
    json.member("event", "\(event)")
    json.member("id", id)
    members(&json)
    json.endObject()
    do throws(Errno) { try log.append(json.bytes) } catch { noticed("cannot write the relay's log: \(error)") }
    guard !isFlushScheduled else { return }
    isFlushScheduled = true
    reactor.schedule(after: 50_000_000) { [weak self] in
      self?.isFlushScheduled = false
      self?.seal()
    }
  }

  private func seal() {
    try? log.seal()
    guard log.fileLength >= settings.rotate.bytes else { return }
    do throws(Errno) {
      try log.rotate(account: [])
      for surplus in try log.surplus(keeping: settings.keep) {
        write(AuditLog.droppedEvent, id: "") { json in
          json.member("position", surplus.position)
          json.member("file", surplus.name)
          json.member("end", surplus.end)
          json.member("records", surplus.sequence)
          json.member("sha256", surplus.digest)
        }
        try log.drop(surplus)
      }
    } catch { noticed("cannot go on in a new file of the relay's log: \(error)") }
  }

  func close() {
    catchUp()
    try? log.seal()
  }
}
