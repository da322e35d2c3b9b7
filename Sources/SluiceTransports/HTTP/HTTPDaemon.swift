internal import CMicrohttpd
package import SluiceReactor
package import SluiceSystem
internal import SluiceWire

/// libmicrohttpd on the reactor's thread: it has no thread, no listener and no time-outs of its own.
///
/// Connections come from our listener, which knows their peers already; the library reads requests and writes answers.
/// It wakes the reactor through its epoll descriptor.
@safe package final class HTTPDaemon: ReadinessHandler {
  /// Bytes for the head of a request and of its answer, of each connection.
  package static let headLimit = 16 << 10
  /// Runs of one turn of the reactor, so that a peer which pipelines does not keep it.
  private static let mostRuns = 8

  /// The library's own name of a request, good until its end.
  @safe struct Request {
    fileprivate let pointer: OpaquePointer
  }

  private let http: OpaquePointer
  private let epoll: OwnedDescriptor
  private var reactor: Reactor?
  private var isToRun = false

  /// Loads the library and starts it: before the sandbox, which lets nothing be loaded from elsewhere.
  package init() throws(ServiceFailure) {
    var calls = sl_http_calls()
    unsafe calls.began = { owner, target in
      guard let owner = unsafe owner, let target = unsafe target else { return }
      unsafe HTTPConnection.at(owner).began(String(cString: target))
    }
    unsafe calls.took = { owner, request, method, version, bytes, count in
      guard let owner = unsafe owner, let request = unsafe request, let method = unsafe method,
        let version = unsafe version
      else { return -1 }
      return unsafe HTTPConnection.at(owner).took(
        Request(pointer: request), method: String(cString: method), version: String(cString: version),
        UnsafeRawBufferPointer(start: bytes, count: Int(count)).bytes)
    }
    unsafe calls.ended = { owner in
      if let owner = unsafe owner { unsafe HTTPConnection.at(owner).ended() }
    }
    unsafe calls.closed = { owner in
      if let owner = unsafe owner { unsafe HTTPConnection.release(owner).closed() }
    }
    var trouble: UnsafePointer<CChar>?
    guard let http = unsafe sl_http_start(&calls, UInt64(Self.headLimit), &trouble) else {
      let reason = unsafe trouble.map { unsafe String(cString: $0) } ?? "it cannot be started"
      throw Self.failure(reason)
    }
    unsafe self.http = unsafe http
    let number = unsafe sl_http_descriptor(http)
    guard number >= 0 else { throw Self.failure("it has no epoll descriptor") }
    // The library keeps its own.
    let kept = OwnedDescriptor(adopting: number)
    do throws(Errno) { epoll = try kept.duplicate() } catch { throw Self.failure("\(error)") }
    _ = kept.release()
  }

  private static func failure(_ reason: String) -> ServiceFailure {
    ServiceFailure(
      .failed,
      "the channel file says socket: { http: true }, but libmicrohttpd cannot be used (\(reason)); install it "
        + "(apt-get install libmicrohttpd12), or set http: false")
  }

  package func attach(to reactor: Reactor) throws(Errno) {
    _ = try reactor.register(epoll, for: .read, handler: self)
    self.reactor = reactor
  }

  package func ready(_ readiness: Readiness) { run() }

  private func run() {
    for _ in 0..<Self.mostRuns { if unsafe sl_http_run(http) == 0 { return } }
    runSoon()
  }

  private func runSoon() {
    guard !isToRun else { return }
    isToRun = true
    reactor?.schedule(after: 0) { [weak self] in
      self?.isToRun = false
      self?.run()
    }
  }

  /// Serves a connection from here on; false where that is not possible.
  func add(_ descriptor: consuming OwnedDescriptor, for connection: HTTPConnection) -> Bool {
    let owner = unsafe connection.retained
    if unsafe sl_http_add(http, descriptor.release(), owner) != 0 { return true }
    _ = unsafe HTTPConnection.release(owner)
    return false
  }

  // MARK: Requests

  /// What decides in a request's head, and how many bytes the head has.
  func head(_ request: Request, method: String, target: String, version: String) -> (HTTPHead, byteCount: Int) {
    var head = HTTPHead(method: method, target: target, version: version)
    head.length = header("Content-Length", of: request)
    head.transferEncoding = header("Transfer-Encoding", of: request)
    head.contentEncoding = header("Content-Encoding", of: request)
    head.hasMisnamedHeader = unsafe sl_http_misnamed(http, request.pointer) > 0
    return (head, Int(clamping: unsafe sl_http_head_size(http, request.pointer)))
  }

  private func header(_ name: String, of request: Request) -> HTTPHead.Header {
    var value: UnsafePointer<CChar>?
    var length: UInt64 = 0
    let count = unsafe sl_http_header(http, request.pointer, name, &value, &length)
    let bytes = unsafe UnsafeRawBufferPointer(start: value, count: Int(length))
    return HTTPHead.Header(count: Int(count), value: unsafe String(decoding: bytes, as: UTF8.self))
  }

  func suspend(_ request: Request) { unsafe sl_http_suspend(http, request.pointer) }
  /// The library does not wake anybody for it.
  func resume(_ request: Request) {
    unsafe sl_http_resume(http, request.pointer)
    runSoon()
  }

  /// - Parameters:
  ///   - allow: what the header of that name says, where the method was refused.
  ///   - closes: the connection ends with it.
  func answer(_ request: Request, _ answer: HTTPAnswer, allow: String?, closes: Bool) -> Bool {
    unsafe answer.body.withUnsafeBytes { body in
      unsafe Self.withText(answer.type) { type in
        unsafe Self.withText(answer.retryAfter.map { "\($0)" }) { retryAfter in
          unsafe Self.withText(allow) { allow in
            var raw = unsafe sl_http_answer(
              status: UInt32(answer.status), body: body.baseAddress, length: UInt64(body.count), type: type,
              retry_after: retryAfter, allow: allow, closes: closes ? 1 : 0)
            return unsafe sl_http_answer(http, request.pointer, &raw) != 0
          }
        }
      }
    }
  }

  private static func withText<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
  }
}
