internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// An old server that reads one file and removes it: fed one message at a time, the next when that one is taken.
///
/// It answers nothing, so that a message counts as handled once it was taken. One that is not taken in time is taken
/// back, by a rename, which either comes before the old server's own or fails: nothing is handled after its refusal.
final class FileDropHandler: Handler {
  struct Settings {
    var directory: String
    var name: String
    var mode: UInt32
    /// Nanoseconds.
    var deadline: Int64
    /// Whose the directory may be, besides root's.
    var user: UInt32
  }

  /// Between two looks at the file: the old servers look once a second at most.
  private static let look: Int64 = 10_000_000
  private static let taken = Array("{\"taken\":true}".utf8)

  let mayAct = true
  private let settings: Settings
  private let reactor: Reactor
  private let noticed: (String) -> Void
  private var waiting: [(HandlerCall, (HandlerResult) -> Void)] = []
  private var current: (call: HandlerCall, completion: (HandlerResult) -> Void, until: Int64)?
  /// Of the file that lies there; nil while something else still does.
  private var laid: FileStatus.Identity?

  init(settings: Settings, reactor: Reactor, noticed: @escaping (String) -> Void) {
    self.settings = settings
    self.reactor = reactor
    self.noticed = noticed
  }

  private var path: String { "\(settings.directory)/\(settings.name)" }

  func immediate(_ message: Message) -> HandlerResult? { message.kind == .response ? .silent : nil }

  func handle(_ call: HandlerCall, completion: @escaping (HandlerResult) -> Void) {
    waiting.append((call, completion))
    next()
  }

  func releaseWaitingDrops() -> [String] {
    let ids = waiting.compactMap { $0.0.id }
    waiting.removeAll { $0.0.id != nil }
    return ids
  }

  func release(_ ids: Set<String>) -> [String] {
    let found = waiting.compactMap { $0.0.id }.filter(ids.contains)
    waiting.removeAll { $0.0.id.map(ids.contains) ?? false }
    return found
  }

  /// Gives up what lies there.
  func stop() { if current != nil { takeBack() } }

  private func next() {
    guard current == nil, !waiting.isEmpty else { return }
    let (call, completion) = waiting.removeFirst()
    let (end, isBeyondTime) = Clock.monotonic.addingReportingOverflow(settings.deadline)
    current = (call, completion, isBeyondTime ? .max : end)
    if let prepare = call.prepare { prepare { [self] in watch() } } else { watch() }
  }

  /// Lays the message down, or looks whether it is gone.
  private func watch() {
    guard let current else { return }
    do throws(Errno) {
      let directory = try open()
      let found = try directory.status(of: settings.name)
      if let laid {
        // Emptied counts as taken too: some servers do not remove what they have read.
        if found?.identity != laid || found?.size == 0 { return finish(.result(Self.taken)) }
      } else if found == nil || found?.size == 0 {
        try lay(current.call, directory)
      }
    } catch {
      noticed("cannot hand a message to the old server at \(path): \(error)")
      return finish(.refused(Refusal(.handlerEnded, "the handler could not be reached", reason: "\(error)")))
    }
    guard Clock.monotonic < current.until else { return takeBack() }
    reactor.schedule(after: Self.look) { [weak self] in self?.watch() }
  }

  private func open() throws(Errno) -> Directory {
    do throws(UnsafePath) { return try SafePath.openDirectory(settings.directory, trusting: settings.user) } catch {
      noticed("the directory of the old server's file: \(error)")
      throw Errno.permissionDenied
    }
  }

  private func lay(_ call: HandlerCall, _ directory: borrowing Directory) throws(Errno) {
    StopPoint.intended.pass()
    try directory.replaceFile(settings.name, with: call.bytes + [UInt8(ascii: "\n")], mode: settings.mode)
    laid = try directory.status(of: settings.name)?.identity
    StopPoint.handlerStarted.pass()
    // Taken within that moment.
    if laid == nil { finish(.result(Self.taken)) }
  }

  /// It lay there for too long. Renamed first: whoever reads it after that has opened it before.
  private func takeBack() {
    guard laid != nil else {
      return finish(
        .refused(Refusal(.handlerTimeout, "the handler took too long", reason: "another file lies at \(path)")))
    }
    let aside = ".\(settings.name).untaken"
    do throws(Errno) {
      let directory = try open()
      try directory.rename(settings.name, to: aside)
      try directory.unlink(aside)
    } catch {
      return finish(
        error == .noSuchFile
          ? .result(Self.taken)
          : .refused(Refusal(.handlerEnded, "the handler could not be reached", reason: "\(error)")))
    }
    finish(.refused(Refusal(.handlerTimeout, "the handler took too long", reason: "the old server did not take it")))
  }

  private func finish(_ result: HandlerResult) {
    guard let done = current else { return }
    current = nil
    laid = nil
    if case .result = result, done.call.message.kind != .request {
      done.completion(.silent)
    } else {
      done.completion(result)
    }
    next()
  }
}
