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
  static let replaceAt = 1 << 18
  /// With this much unread we leave bytes in the pipe: writers wait.
  private static let backlogLimit = 8 << 20
  /// A full disk and the like: how long until the next attempt.
  private static let retryAfter: Int64 = 1_000_000_000

  package var kind: TransportKind { settings.route }
  let reactor: Reactor
  let settings: FIFOSettings
  let directory: Directory
  let spool: Directory
  let sink: any MessageSink
  let reader = MessageReader()
  let buffer = ReadBuffer()
  /// The read end.
  var fifo: OwnedDescriptor?
  /// A write end, so that the last writer's leaving is no end of file; let go of where that is to be seen.
  var keeper: OwnedDescriptor?
  /// Which FIFO that is: the path may lead elsewhere by now.
  var identity: FileStatus.Identity?
  /// What stands at the path instead and was spoken of.
  var stranger: FileStatus.Identity?
  var pathTimer: TimerQueue.Ticket?
  var registration: Reactor.Registration?
  var current: OwnedDescriptor?
  var length = 0
  var journal: LineJournal?
  /// Journals by age; the first is `journal`, and only the last takes bytes from the pipe.
  var names: [String] = []
  var lastName: UInt64 = 0
  var isHeldBack = false
  var isStuck = false
  var isClosed = false
  /// The FIFO is gone: what stands behind the last newline will never be continued.
  var isRemoved = false
  /// It has no path any more, and is read for those who have it open.
  var isLeaving = false
  /// Since when, in monotonic nanoseconds.
  var leftAt: Int64 = 0
  var isAdvancing = false
  var silenceTimer: TimerQueue.Ticket?
  var isParked = false
  /// How long a doubt about lines may keep those behind it waiting.
  var doubtTimer: TimerQueue.Ticket?
  /// Leaves bytes in the pipe while the sink has no room for more.
  private var isPaused = false
  /// Looks at a path from which the pipe is gone while writers have it open still.
  var looksElsewhere = 0
  /// Nobody had it open a moment ago.
  var sawEnd = false
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
  package var isIdle: Bool {
    guard names.count < 2, let journal else { return names.count < 2 }
    // What is doubtful when it closes is the next one's to judge.
    return journal.isHandled || isClosed && journal.isSuspended && !journal.isUnsettled
  }
  /// Whether lines of this journal could come again.
  package func holds(claim name: String) -> Bool { names.contains(name) }

  // MARK: Opening and closing

  package func open() throws(TransportFailure) {
    if isLeaving { close(removingObjects: false) }
    guard fifo == nil else { return }
    do throws(Errno) {
      try prepare()
      let pipe = try directory.open(settings.name, .readEndOfFIFO)
      keeper = try directory.open(settings.name, .writeEndOfFIFO)
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

  /// Works off journals of an earlier process where there is no FIFO any more.
  package func finishJournals() throws(Errno) {
    isClosed = true
    isRemoved = true
    names = try journalNames()
    if !names.isEmpty { try openFirstJournal() }
    advance()
  }

  func prepare() throws(Errno) {
    if let plant = settings.plant { return try plant() }
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
    if removingObjects, !isLeaving { removeName() }
    isRemoved = removingObjects || isLeaving
    isClosed = true
    isLeaving = false
    // What is in the pipe was accepted from its writers: it is taken over before the last descriptor goes.
    takeBytes()
    if removingObjects { waitForLastWriters() }
    if let registration { reactor.remove(registration) }
    registration = nil
    cancelTimers()
    fifo = nil
    keeper = nil
    advance()
  }

  /// Leaves bytes in the pipe and keeps it open, for a successor that reads the journals: nothing comes of this one
  /// any more.
  package func park() {
    if let registration { reactor.remove(registration) }
    registration = nil
    // A successor can see then whether writers are left.
    keeper = nil
    isParked = true
  }

  // MARK: Bytes

  package func ready(_ readiness: Readiness) {
    takeBytes()
    advance()
  }

  package func pause(_ pausing: Bool) {
    guard pausing != isPaused else { return }
    isPaused = pausing
    if pausing { holdBack() } else { advance() }
  }

  var hasRoom: Bool {
    !isPaused && length < settings.journalLimit && length - (journal?.consumed ?? 0) < Self.backlogLimit
  }

  func takeBytes() {
    guard !isParked else { return }
    guard fifo != nil, names.count < 2, !isStuck else {
      holdBack()
      return
    }
    do throws(Errno) {
      if journal == nil { names.isEmpty ? try startJournal() : try openFirstJournal() }
      while hasRoom || isClosed && !isLeaving {
        guard let moved = try splice() else { return }
        guard moved > 0 else { return try sawNoWriters() }
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

  func holdBack() {
    guard !isHeldBack, let registration else { return }
    // An end of file would be reported again and again.
    regainKeeper()
    isHeldBack = true
    if isLeaving {
      reactor.remove(registration)
      self.registration = nil
      return
    }
    try? reactor.update(registration, for: [])
  }

  func goOn() {
    guard isHeldBack, !isStuck else { return }
    if isLeaving {
      isHeldBack = false
      return watchAgain()
    }
    guard let registration else { return }
    isHeldBack = false
    try? reactor.update(registration, for: .read)
  }

  package func settle(_ id: String) {
    journal?.settle(id)
    advance()
  }
}
