import SluiceChannel
import SluiceReactor
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Synchronization
import Testing

/// One transport in a temporary directory, with both of its sides, a reactor and a sink.
///
/// Everything is driven from the test's thread by `run`; senders, which may block, work on threads of their own.
final class TransportBench {
  static let limit = 2000

  let kind: TransportKind
  let root: TemporaryDirectory
  let book: OutcomeBook
  private(set) var reactor: Reactor
  private(set) var sink: RecordingSink
  private(set) var receiver: (any ReceivingSide)?
  /// Holds the FIFO as the relay or the service manager does.
  private var keeper: OwnedDescriptor?
  var journalLimit = 64 << 20
  var outputBound = 1 << 16
  var connectionLimit = 1000
  var pendingLimit = 1000
  var messageLimit = TransportBench.limit
  var writerPatience: Int64 = 5_000_000_000
  var orderPatience: Int64?
  var parkedLimit = 4096
  var linger: Int64?
  var parkedShare = 512
  var configure: (inout SocketListener.Settings) -> Void = { _ in }

  init(_ kind: TransportKind, settling: RecordingSink.Settling = .inTheNextTurn) throws {
    SignalReceiver.ignoreHarmless()
    self.kind = kind
    root = try TemporaryDirectory()
    for name in ["run", "spool", "drop"] { try root.makeDirectory(name) }
    try root.makeDirectory("run/replies")
    book = OutcomeBook()
    reactor = try Reactor()
    sink = RecordingSink(book: book, settling: settling)
    sink.replies = try Directory.open("\(root.path)/run/replies")
  }

  deinit { receiver?.close(removingObjects: false) }

  /// What the sink would have taken for messages.
  var messages: [String] { sink.texts.filter { (try? MessageReader().read(Array($0.utf8))) != nil } }

  var run: String { "\(root.path)/run" }
  var drop: String { "\(root.path)/drop" }
  var claims: String { "\(drop)/.claims-test/claims" }

  static let runFile = RunFileSettings(
    lockName: "mcp.lock", fileName: "mcp_in.json", claimedName: "claimed", mode: 0o660, messageLimit: limit)

  static func slot(_ directory: String, bad: Bool = false) -> FileDropSettings.Slot {
    FileDropSettings.Slot(directory: directory, name: bad ? "mcp_bad.json" : "mcp_in.json", isBadByDefinition: bad)
  }

  private var fileDrop: FileDropSettings {
    var settings = FileDropSettings(
      privateName: ".claims-test", slots: [Self.slot(drop), Self.slot(drop, bad: true)], messageLimit: messageLimit,
      pendingLimit: pendingLimit)
    settings.writerPatience = writerPatience
    if let orderPatience { settings.orderPatience = orderPatience }
    settings.parkedLimit = parkedLimit
    settings.linger = linger
    settings.parkedShare = parkedShare
    return settings
  }

  private var socketSettings: SocketListener.Settings {
    var settings = SocketListener.Settings(
      name: "mcp.sock", mode: 0o660, messageLimit: Self.limit, outputBound: outputBound,
      connectionLimit: connectionLimit)
    configure(&settings)
    return settings
  }

  // MARK: The receiving side

  func makeReceiver() throws -> any ReceivingSide {
    switch kind {
    case .fileDrop: FileDropReceiver(settings: fileDrop, reactor: reactor, sink: sink)
    case .runFile:
      RunFileReceiver(directory: try Directory.open(run), settings: Self.runFile, reactor: reactor, sink: sink)
    case .fifo:
      FIFOReceiver(
        directory: try Directory.open(run), spool: try Directory.open("\(root.path)/spool"),
        settings: FIFOSettings(name: "mcp.fifo", mode: 0o660, messageLimit: messageLimit, journalLimit: journalLimit),
        reactor: reactor, sink: sink)
    case .socket:
      SocketListener(
        directory: try Directory.open(run), settings: socketSettings, reactor: reactor, sink: sink)
    }
  }

  /// Opens the receiver, a new one unless there is one. What a receiver that was let go still holds goes with its thread.
  func open() throws {
    let receiver = try self.receiver ?? makeReceiver()
    let deadline = Deadline()
    while true {
      do throws(TransportFailure) {
        try receiver.open()
        break
      } catch {
        guard error.kind == .busy, kind == .fileDrop, !deadline.hasPassed else { throw error }
      }
    }
    self.receiver = receiver
    if kind == .fifo, keeper == nil { keeper = try Directory.open(run).open("mcp.fifo", .readEndOfFIFO) }
  }

  func letGoOfKeeper() { keeper = nil }

  /// Closes the receiver and lets go of it once it is idle.
  func close(removingObjects: Bool = false) throws {
    receiver?.close(removingObjects: removingObjects)
    try run { receiver?.isIdle ?? true }
    receiver = nil
  }

  /// As if the process had been killed: receiver, reactor and sink go without a word; what was learnt of ids stays.
  func kill() throws {
    let settling = sink.settling
    // What waits to be settled would keep its receiver.
    sink.abandon()
    // Nobody but us has it then, and its descriptors go with it as a process' do.
    (receiver as? FIFOReceiver)?.park()
    receiver = nil
    // A killed process has no thread that goes on claiming: the watch is free when that is so.
    let deadline = Deadline()
    while kind == .runFile || kind == .fileDrop, (try? DirectoryWatch()) == nil, !deadline.hasPassed {}
    reactor = try Reactor()
    sink = RecordingSink(book: book, settling: settling)
    sink.replies = try Directory.open("\(run)/replies")
  }

  // MARK: The sending side

  func makeSender(patience: Int64 = 20_000_000_000) -> any SendingSide {
    Self.makeSender(kind, root: root.path, patience: patience)
  }

  static func makeSender(_ kind: TransportKind, root: String, patience: Int64) -> any SendingSide {
    let replies = ReplyFIFO(directory: "\(root)/run/replies")
    return switch kind {
    case .fileDrop: FileDropSender(slot: slot("\(root)/drop"), patience: patience, replies: replies)
    case .runFile: RunFileSender(directory: "\(root)/run", settings: runFile, patience: patience, replies: replies)
    case .fifo: FIFOSender(directory: "\(root)/run", name: "mcp.fifo", patience: patience, replies: replies)
    case .socket: SocketSender(directory: "\(root)/run", name: "mcp.sock", patience: patience)
    }
  }

  /// Starts a thread that sends messages one after the other.
  func startSending(_ messages: [String]) throws -> SendingJob {
    try start(messages, patience: 20_000_000_000, isRequest: false)
  }

  func startRequest(_ message: String, patience: Int64 = 20_000_000_000) throws -> SendingJob {
    try start([message], patience: patience, isRequest: true)
  }

  private func start(_ messages: [String], patience: Int64, isRequest: Bool) throws -> SendingJob {
    let job = SendingJob()
    let (kind, root) = (kind, root.path)
    try SystemThread.start("sender") {
      let sender = Self.makeSender(kind, root: root, patience: patience)
      for message in messages {
        do throws(TransportFailure) {
          if isRequest {
            let reply = String(decoding: try sender.request(Array(message.utf8)), as: UTF8.self)
            job.replies.withLock { $0.append(reply) }
          } else {
            try sender.send(Array(message.utf8))
          }
        } catch { job.failures.withLock { $0.append(error) } }
      }
      job.isDone.store(true, ordering: .releasing)
    }
    return job
  }

  /// Sends messages and drives the receiving side until all are sent.
  func send(_ messages: String...) throws {
    let job = try startSending(messages)
    try run { job.isOver }
    #expect(job.failed == [])
  }

  /// Sends messages so that they are handed out together: a run file's claims come one after the other.
  func sendTogether(_ messages: [String]) throws {
    guard kind == .runFile else {
      for message in messages { try send(message) }
      return
    }
    let directory = try Directory.open(run)
    let lock = try directory.open("mcp.lock", .readWrite)
    try lock.lockExclusive()
    try directory.open("mcp_in.json", .append).writeAll(Array((messages.joined(separator: "\n") + "\n").utf8))
    try lock.unlock()
  }

  // MARK: Time

  /// Turns the reactor until the condition holds, for a bounded time after the last arrival: a busy machine is slow, and
  /// only what stands still is at fault.
  func run(sourceLocation: SourceLocation = #_sourceLocation, until condition: () throws -> Bool) throws {
    var deadline = Deadline()
    var arrived = sink.arrivals.count
    while try !condition() {
      if sink.arrivals.count != arrived {
        arrived = sink.arrivals.count
        deadline = Deadline()
      }
      guard !deadline.hasPassed else {
        Issue.record(
          "the time is over; came: \(sink.arrivals.map(\.text)), noticed: \(sink.notices)",
          sourceLocation: sourceLocation)
        return
      }
      try turn()
    }
  }

  func turn(atMost nanoseconds: Int64 = 5_000_000) throws {
    try reactor.turn(atMost: nanoseconds)
    if sink.settling == .inTheNextTurn { sink.settleAll() }
  }

  /// Waits for so many arrivals, then for the receiver to be idle, and checks that no more came.
  func expect(_ texts: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    try run(sourceLocation: sourceLocation) { sink.texts.count >= texts.count && sink.unsettled.isEmpty }
    try run(sourceLocation: sourceLocation) { receiver?.isIdle ?? true }
    #expect(sink.texts == texts, sourceLocation: sourceLocation)
  }

  /// Lets a shell run, as old clients do, and drives the receiving side until it has ended.
  func shell(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let child = try ChildProcess.start(
      ProgramStart(
        path: "/bin/sh", arguments: ["sh", "-euc", script], environment: ["PATH=/usr/bin:/bin"],
        directory: kind == .fileDrop ? drop : run))
    defer { child.endAndReap() }
    var status: Int32?
    try run(sourceLocation: sourceLocation) {
      status = try status ?? ChildProcess.reap(child.pid)
      return status != nil
    }
    var text = [UInt8](repeating: 0, count: 4096)
    let count = status == 0 ? 0 : try child.errors.read(into: &text)
    #expect(status == 0, "\(String(decoding: text[..<count], as: UTF8.self))", sourceLocation: sourceLocation)
  }
}

/// What a thread that sends has to tell.
final class SendingJob: Sendable {
  fileprivate let isDone = Atomic<Bool>(false)
  fileprivate let failures = Lock<[TransportFailure]>([])
  fileprivate let replies = Lock<[String]>([])
  var failed: [TransportFailure] { failures.withLock { $0 } }
  var answers: [String] { replies.withLock { $0 } }
  var isOver: Bool { isDone.load(ordering: .acquiring) }
}

/// All of them, one after the other: a process has one directory watch.
@Suite(.serialized) struct TransportTests {}
