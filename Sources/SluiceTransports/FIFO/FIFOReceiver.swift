package import SluiceChannel
internal import SluicePolicy
package import SluiceReactor
package import SluiceSystem
internal import SluiceWire

/// The receiving side of the FIFO transport.
///
/// Bytes go from the pipe into a journal file by splice(2), inside the kernel: a server that is killed leaves every
/// byte either in the pipe, where the relay or another keeper holds it, or in the journal, where the next server finds
/// it. Lines are then read from the journal; a line's id is the journal's name and the line's number. A journal that is
/// found at the start is gone on with, since the other half of its last line may still be in the pipe. It is replaced
/// when all of it is settled.
package final class FIFOReceiver: ReceivingSide, DropSource, ReadinessHandler {
  /// The journal is replaced, when settled, once it is this long.
  private static let replaceAt = 1 << 18
  /// With this much unread we leave bytes in the pipe: writers wait.
  private static let backlogLimit = 8 << 20
  private static let silence: Int64 = 50_000_000
  /// A full disk and the like: how long until the next attempt.
  private static let retryAfter: Int64 = 1_000_000_000

  package let kind = TransportKind.fifo
  let reactor: Reactor
  let settings: FIFOSettings
  let directory: Directory
  private let spool: Directory
  let sink: any MessageSink
  private let reader = MessageReader()
  private let buffer = ReadBuffer()
  var fifo: OwnedDescriptor?
  /// Which FIFO that is: the path may lead elsewhere by now.
  var identity: FileStatus.Identity?
  /// What stands at the path instead and was spoken of.
  var stranger: FileStatus.Identity?
  var pathTimer: TimerQueue.Ticket?
  var registration: Reactor.Registration?
  private var current: OwnedDescriptor?
  private var length = 0
  private var journal: LineJournal?
  /// Journals by age; the first is `journal`, and only the last takes bytes from the pipe.
  private(set) var names: [String] = []
  private var lastName: UInt64 = 0
  var isHeldBack = false
  private var isStuck = false
  private var isClosed = false
  /// The FIFO is gone: what stands behind the last newline will never be continued.
  private var isRemoved = false
  private var isAdvancing = false
  private var silenceTimer: TimerQueue.Ticket?
  private var isParked = false
  /// A predecessor handed over: whoever writes now may be in the middle of a line.
  package var goesOn = false

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

  var path: String { "\(directory.path)/\(settings.name)" }
  package var isIdle: Bool { names.count < 2 && (journal?.isHandled ?? true) }

  // MARK: Opening and closing

  package func open() throws(TransportFailure) {
    guard fifo == nil else { return }
    do throws(Errno) {
      try prepare()
      let pipe = try directory.open(settings.name, .bothEndsOfFIFO)
      isClosed = false
      isRemoved = false
      isHeldBack = false
      if journal == nil { try findJournals(pipeIsEmpty: try pipe.pendingBytes() == 0) }
      registration = try reactor.register(pipe, for: .read, handler: self)
      identity = try pipe.status().identity
      fifo = consume pipe
    } catch {
      if error == .exists {
        throw TransportFailure(.unsafePath, "\(path) is not a FIFO; move it away, sluice removes nothing foreign")
      }
      throw TransportFailure(error, doing: "open the FIFO", path: path)
    }
    watchPath()
    advance()
  }

  func prepare() throws(Errno) {
    if let found = try directory.status(of: settings.name) {
      guard found.kind == .fifo else { throw Errno.exists }
    } else {
      try directory.makeFIFO(settings.name, mode: settings.mode)
    }
    if let owner = settings.owner { try directory.setOwner(of: settings.name, uid: owner.uid, gid: owner.gid) }
    try directory.setMode(of: settings.name, settings.mode)
  }

  package func close(removingObjects: Bool) {
    guard fifo != nil else { return }
    if removingObjects, let found = try? directory.status(of: settings.name), found.kind == .fifo {
      try? directory.unlink(settings.name)
    }
    isClosed = true
    isRemoved = removingObjects
    // What is in the pipe was accepted from its writers: it is taken over before the last descriptor goes.
    takeBytes()
    if let registration { reactor.remove(registration) }
    registration = nil
    if let pathTimer { reactor.cancel(pathTimer) }
    pathTimer = nil
    fifo = nil
    advance()
  }

  /// Leaves bytes in the pipe and keeps it open, for a successor that reads the journals: nothing comes of this one
  /// any more.
  package func park() {
    if let registration { reactor.remove(registration) }
    registration = nil
    isParked = true
  }

  // MARK: Bytes

  package func ready(_ readiness: Readiness) {
    takeBytes()
    advance()
  }

  private var hasRoom: Bool {
    length < settings.journalLimit && length - (journal?.consumed ?? 0) < Self.backlogLimit
  }

  func takeBytes() {
    guard !isParked else { return }
    guard fifo != nil, names.count < 2, !isStuck else {
      holdBack()
      return
    }
    do throws(Errno) {
      if journal == nil { names.isEmpty ? try startJournal() : try openFirstJournal() }
      while hasRoom || isClosed {
        guard let moved = try splice(), moved > 0 else { return }
        StopPoint.spliced.pass()
        length += moved
      }
      holdBack()
    } catch {
      sink.noticed("cannot take bytes from \(path): \(error); trying again in a second")
      isStuck = true
      holdBack()
      reactor.schedule(after: Self.retryAfter) { [weak self] in
        self?.isStuck = false
        self?.advance()
      }
    }
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
    guard isHeldBack, !isStuck, let registration else { return }
    isHeldBack = false
    try? reactor.update(registration, for: .read)
  }

  // MARK: Journals

  private func findJournals(pipeIsEmpty: Bool) throws(Errno) {
    names = try spool.names().filter { ClaimName.time(of: $0, prefix: "f") != nil }.sorted()
    guard !names.isEmpty else { return try startJournal() }
    try openFirstJournal()
    // With nothing in the pipe the last line's writer is gone: its line ends here, durably, so that no later start
    // joins it with what somebody else writes.
    if names.count == 1, pipeIsEmpty, !goesOn { try endLine() }
  }

  func endLine() throws(Errno) {
    var last: [UInt8] = [0]
    guard length > 0, try current?.read(into: &last, from: 0, at: length - 1) == 1, last[0] != UInt8(ascii: "\n")
    else { return }
    try current?.writeAll([UInt8(ascii: "\n")], at: length)
    length += 1
  }

  /// - Parameter bytes: the beginning of a line that goes on in the new journal.
  private func startJournal(with bytes: [UInt8] = []) throws(Errno) {
    let name = ClaimName.next(prefix: "f", after: &lastName)
    let file = try spool.open(name, .createNew(mode: 0o600))
    try file.writeAll(bytes)
    names.append(name)
    if names.count == 1 { try adopt(name, file) }
  }

  private func openFirstJournal() throws(Errno) {
    guard let name = names.first else { return }
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

  func advance() {
    // A sink may settle what it is given at once, and so call us from within.
    guard !isAdvancing, !isParked else { return }
    isAdvancing = true
    defer { isAdvancing = false }
    do throws(Errno) {
      while let journal {
        try journal.advance()
        if journal.hasMore {
          reactor.schedule(after: 0) { [weak self] in self?.advance() }
          break
        }
        if journal.isAtEnd, names.count > 1 || isRemoved { journal.takeRest() }
        guard try replace(journal) else { break }
      }
    } catch { sink.noticed("cannot read the journal of \(path): \(error)") }
    if names.count < 2, hasRoom { goOn() }
    waitForSilence()
  }

  /// Goes over to the next journal where this one is done with: false while it is not.
  private func replace(_ journal: LineJournal) throws(Errno) -> Bool {
    if names.count > 1 {
      guard journal.isSettled else { return false }
      try retire(journal)
      try openFirstJournal()
      return true
    }
    if journal.isSettled, isClosed || length >= Self.replaceAt {
      try retire(journal)
      if !isClosed { try startJournal() }
      return true
    }
    if journal.isHandled, !isClosed, length >= settings.journalLimit {
      // It never ends with a whole line when we look: the beginning of the last one goes on in the next journal.
      let count = journal.unfinishedCount
      var begun = [UInt8](repeating: 0, count: count)
      let read = try current?.read(into: &begun, from: 0, at: length - count) ?? 0
      try startJournal(with: Array(begun[0..<read]))
      try retire(journal)
      try openFirstJournal()
      return true
    }
    return false
  }

  private func retire(_ finished: LineJournal) throws(Errno) {
    try spool.unlinkIfPresent(finished.name)
    names.removeAll { $0 == finished.name }
    journal = nil
    current = nil
    length = 0
    StopPoint.lineRetired.pass()
    sink.retired(idPrefix: finished.name)
  }

  /// A writer that sends no newline: after a silence its bytes are a message, if they are a whole one. The newline is
  /// put into the journal first, so that reading it again finds the same boundary.
  private func waitForSilence() {
    if let silenceTimer { reactor.cancel(silenceTimer) }
    silenceTimer = nil
    guard let journal, journal.isAtEnd, journal.hasUnfinishedLine else { return }
    silenceTimer = reactor.schedule(after: Self.silence) { [weak self] in
      guard let self, let journal = self.journal, journal.isAtEnd, journal.restIsWhole() else { return }
      do throws(Errno) { try self.endLine() } catch {
        self.sink.noticed("cannot write the journal of \(self.path): \(error)")
      }
      self.advance()
    }
  }

  package func settle(_ id: String) {
    journal?.settle(id)
    advance()
  }
}
