package import SluiceChannel
internal import SluicePolicy
package import SluiceReactor
package import SluiceSystem
internal import SluiceWire

/// The receiving side of the FIFO transport.
///
/// Bytes go from the pipe into a journal file by splice(2), inside the kernel: a server that is killed leaves every
/// byte either in the pipe, where the relay or another keeper holds it, or in the journal, where the next server finds
/// it. Lines are then read from the journal; a line's id is the journal's name and the line's number. The journal is
/// replaced when all of it is settled.
package final class FIFOReceiver: ReceivingSide, DropSource, ReadinessHandler {
  /// The journal is replaced, when settled, once it is this long.
  private static let replaceAt = 1 << 18
  /// With this much unread we leave bytes in the pipe: writers wait.
  private static let backlogLimit = 8 << 20
  private static let silence: Int64 = 50_000_000

  package let kind = TransportKind.fifo
  private let reactor: Reactor
  private let settings: FIFOSettings
  private let directory: Directory
  private let spool: Directory
  private let sink: any MessageSink
  private let reader = MessageReader()
  private let buffer = ReadBuffer()
  private var fifo: OwnedDescriptor?
  private var registration: Reactor.Registration?
  private var current: OwnedDescriptor?
  private var length = 0
  private var journal: LineJournal?
  private var earlier: [String] = []
  private var lastName: UInt64 = 0
  private var isHeldBack = false
  private var silenceTimer: TimerQueue.Ticket?

  package init(
    directory: consuming Directory, spool: consuming Directory, settings: FIFOSettings, reactor: Reactor,
    sink: any MessageSink
  ) {
    self.directory = directory
    self.spool = spool
    self.settings = settings
    self.reactor = reactor
    self.sink = sink
  }

  private var path: String { "\(directory.path)/\(settings.name)" }
  package var isIdle: Bool { earlier.isEmpty && (journal?.isSettled ?? true) }

  package func open() throws(TransportFailure) {
    guard fifo == nil else { return }
    do throws(Errno) {
      try prepare()
      earlier = try spool.names().filter { ClaimName.time(of: $0, prefix: "f") != nil }.sorted()
      if earlier.isEmpty { try startJournal() } else { try openEarliest() }
      let pipe = try directory.open(settings.name, .bothEndsOfFIFO)
      registration = try reactor.register(pipe, for: .read, handler: self)
      fifo = consume pipe
    } catch {
      if error == .exists {
        throw TransportFailure(.unsafePath, "\(path) is not a FIFO; move it away, sluice removes nothing foreign")
      }
      throw TransportFailure(error, doing: "open the FIFO", path: path)
    }
    advance()
  }

  private func prepare() throws(Errno) {
    if let found = try directory.status(of: settings.name) {
      guard found.kind == .fifo else { throw Errno.exists }
    } else {
      try directory.makeFIFO(settings.name, mode: settings.mode)
    }
    if let owner = settings.owner { try directory.setOwner(of: settings.name, uid: owner.uid, gid: owner.gid) }
    try directory.setMode(of: settings.name, settings.mode)
  }

  package func close(removingObjects: Bool) {
    if let registration { reactor.remove(registration) }
    registration = nil
    // What is in the pipe was accepted from its writers: it is taken over before the last descriptor goes.
    if removingObjects {
      takeBytes()
      advance()
      if let found = try? directory.status(of: settings.name), found.kind == .fifo {
        try? directory.unlink(settings.name)
      }
    }
    fifo = nil
  }

  package func ready(_ readiness: Readiness) {
    takeBytes()
    advance()
  }

  private func takeBytes() {
    guard fifo != nil, earlier.isEmpty, current != nil else {
      holdBack()
      return
    }
    do throws(Errno) {
      while length - (journal?.consumed ?? 0) < Self.backlogLimit {
        guard let moved = try splice(), moved > 0 else { return }
        length += moved
      }
      holdBack()
    } catch { sink.noticed("cannot take bytes from \(path): \(error)") }
  }

  private func splice() throws(Errno) -> Int? {
    guard let file = try current?.duplicate() else { return nil }
    return try fifo?.splice(into: file, at: length, count: 1 << 20) ?? nil
  }

  private func holdBack() {
    guard !isHeldBack, let registration else { return }
    isHeldBack = true
    try? reactor.update(registration, for: [])
  }

  private func goOn() {
    guard isHeldBack, let registration else { return }
    isHeldBack = false
    try? reactor.update(registration, for: .read)
  }

  private func startJournal() throws(Errno) {
    let name = ClaimName.next(prefix: "f", after: &lastName)
    let file = try spool.open(name, .createNew(mode: 0o600))
    try adopt(name, file)
  }

  /// A journal of an earlier server: what it did not settle comes first. New bytes stay in the pipe meanwhile.
  private func openEarliest() throws(Errno) {
    guard let name = earlier.first else { return }
    let file = try spool.open(name, .readWrite)
    lastName = max(lastName, ClaimName.time(of: name, prefix: "f") ?? 0)
    try adopt(name, file)
  }

  private func adopt(_ name: String, _ file: borrowing OwnedDescriptor) throws(Errno) {
    length = Int(try file.status().size)
    current = try file.duplicate()
    journal = LineJournal(
      name: name, file: try file.duplicate(), route: .fifo, principal: .unknown, limit: settings.messageLimit,
      source: self, sink: sink, reader: reader, buffer: buffer)
  }

  private func advance() {
    if let silenceTimer { reactor.cancel(silenceTimer) }
    silenceTimer = nil
    do throws(Errno) {
      while let journal {
        try journal.advance()
        if journal.isAtEnd, !earlier.isEmpty { journal.takeRest() }
        guard journal.isSettled else { break }
        if !earlier.isEmpty {
          earlier.removeFirst()
          try retire(journal)
          if earlier.isEmpty { try startJournal() } else { try openEarliest() }
          continue
        }
        if length >= Self.replaceAt {
          try retire(journal)
          try startJournal()
        }
        break
      }
    } catch { sink.noticed("cannot read the journal of \(path): \(error)") }
    if earlier.isEmpty, length - (journal?.consumed ?? 0) < Self.backlogLimit / 2 { goOn() }
    waitForSilence()
  }

  private func retire(_ finished: LineJournal) throws(Errno) {
    try spool.unlinkIfPresent(finished.name)
    sink.retired(idPrefix: finished.name)
  }

  /// A writer that sends no newline: after a silence its bytes are a message, if they are a whole one. The newline is
  /// put into the journal first, so that reading it again finds the same boundary.
  private func waitForSilence() {
    guard let journal, journal.isAtEnd, journal.hasUnfinishedLine else { return }
    silenceTimer = reactor.schedule(after: Self.silence) { [weak self] in
      guard let self, let journal = self.journal, journal.isAtEnd, journal.restIsWhole() else { return }
      do throws(Errno) {
        try self.current?.writeAll([UInt8(ascii: "\n")], at: self.length)
        self.length += 1
      } catch { self.sink.noticed("cannot write the journal of \(self.path): \(error)") }
      self.advance()
    }
  }

  package func settle(_ id: String) {
    journal?.settle(id)
    advance()
  }
}
