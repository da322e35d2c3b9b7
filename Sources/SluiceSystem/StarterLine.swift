internal import CLinux
private import Synchronization

/// The socket of a `ProgramStarter`: one request and its answer at a time, from any thread.
package final class StarterLine: Sendable {
  struct Answer: Sendable {
    var number: Int32 = 0
    var descriptor: Int32 = -1
    /// Below zero, a negated errno.
    var result: Int32 = 0
  }
  /// More than a line of /proc/PID/stat can have.
  private static let statLimit = 1024

  private let socket: Mutex<Int32>

  init(_ raw: Int32) { socket = Mutex(raw) }
  deinit { close() }

  var isOpen: Bool { socket.withLock { $0 >= 0 } }

  func close() {
    let raw = socket.withLock { socket in
      defer { socket = -1 }
      return socket
    }
    if raw >= 0 { _ = OwnedDescriptor(adopting: raw) }
  }

  /// - Parameter text: takes a text that comes with the answer, whose `number` is its length then.
  func ask(_ request: [UInt8], _ streams: [Int32], _ text: inout [UInt8]) -> Answer {
    let (answer, bytes) = socket.withLock { raw in
      var answer = Answer(result: -Errno.brokenPipe.rawValue)
      var bytes = [UInt8](repeating: 0, count: Self.statLimit)
      guard raw >= 0 else { return (answer, bytes) }
      answer.result = unsafe sl_starter_ask(
        raw, request, UInt64(request.count), streams, UInt32(streams.count), &answer.number, &answer.descriptor,
        &bytes, UInt64(bytes.count))
      return (answer, bytes)
    }
    text = bytes
    // After these an answer may still be on its way, or none will ever come.
    let ends: [Errno] = [.brokenPipe, .connectionReset, .timedOut, .wouldBlock]
    if answer.result < 0, ends.contains(Errno(rawValue: -answer.result)) { close() }
    return answer
  }

  /// What a process runs, by its held directory of /proc, at which Landlock lets a service look no more: its program,
  /// opened for reading or to be named only, and the text of its stat (proc(5)).
  package func look(
    at directory: borrowing Directory, reading: Bool
  ) throws(Errno) -> (program: HandedDescriptor, stat: [UInt8]) {
    var text: [UInt8] = []
    let answer = ask([UInt8(reading ? SL_STARTER_READ : SL_STARTER_LOOK)], [directory.raw], &text)
    guard answer.result >= 0 else { throw Errno(rawValue: -answer.result) }
    guard answer.descriptor >= 0 else { throw Errno.protocolFault }
    let program = HandedDescriptor(OwnedDescriptor(adopting: answer.descriptor))
    return (program, Array(text.prefix(Int(max(0, answer.number)))))
  }
}
