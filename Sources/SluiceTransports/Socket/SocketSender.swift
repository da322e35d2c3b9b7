package import SluiceSystem
internal import SluiceWire

/// The sending side of the socket transport.
package struct SocketSender: SendingSide {
  private let directory: String
  private let name: String
  /// Nanoseconds that a call may take.
  private let patience: Int64
  private let trust: ServerTrust

  package init(directory: String, name: String, patience: Int64, trust: ServerTrust = ServerTrust()) {
    self.directory = directory
    self.name = name
    self.patience = patience
    self.trust = trust
  }

  private var path: String { "\(directory)/\(name)" }

  /// A connection to the server, which is who it must be.
  package func connect(before deadline: Int64) throws(TransportFailure) -> OwnedDescriptor {
    let held = try trust.directory(directory)
    let complaint: String?
    do throws(Errno) {
      let socket = try Self.connect(in: held, name: name, before: deadline)
      complaint = try trust.complaint(of: socket)
      if complaint == nil { return socket }
    } catch {
      switch error {
      case .noSuchFile, .connectionRefused:
        throw TransportFailure(.notRunning, "no server listens on \(path); start it with: sluice serve")
      case .permissionDenied:
        throw TransportFailure(
          .notPermitted, "not permitted to connect to \(path): \(error); ask for membership in the channel's group")
      case .timedOut:
        throw TransportFailure(.busy, "the server at \(path) takes no connections at the moment; try again later")
      default: throw TransportFailure(error, doing: "connect to", path: path)
      }
    }
    throw TransportFailure(.unsafePath, "\(path) is not the channel's: \(complaint ?? ""); nothing was sent")
  }

  /// A full queue of connections is no refusal; the kernel offers nothing to wait on for it (connect(2), EAGAIN).
  private static func connect(in directory: borrowing Directory, name: String, before deadline: Int64) throws(Errno)
    -> OwnedDescriptor
  {
    while true {
      do throws(Errno) { return try UnixSocket.connect(in: directory, name: name, nonblocking: true) } catch {
        guard error == .wouldBlock else { throw error }
      }
      guard Clock.monotonic < deadline else { throw Errno.timedOut }
      Wait.pause(nanoseconds: 1_000_000)
    }
  }

  package func send(_ message: [UInt8]) throws(TransportFailure) { _ = try request(message) }

  package func request(_ message: [UInt8]) throws(TransportFailure) -> [UInt8] {
    guard !message.contains(UInt8(ascii: "\n")) else {
      throw TransportFailure(.badMessage, "a message of the socket transport is one line; remove its newlines")
    }
    let deadline = Clock.monotonic + patience
    let socket = try connect(before: deadline)
    do throws(Errno) {
      // Asked first, so that what follows counts as this program's where the server's rules ask for programs.
      try transmit(ConnectionWords.ready + [UInt8(ascii: "\n")], over: socket, before: deadline)
      var input: [UInt8] = []
      let first = try line(of: socket, &input, before: deadline)
      try transmit(message + [UInt8(ascii: "\n")], over: socket, before: deadline)
      // A server that refuses the connection has closed it already.
      do throws(Errno) { try socket.finishWriting() } catch { guard error == .notConnected else { throw error } }
      if first == ConnectionWords.ready { return try line(of: socket, &input, before: deadline) ?? [] }
      let reply: [UInt8]?
      do throws(Errno) { reply = try line(of: socket, &input, before: deadline) } catch {
        guard error == .connectionReset else { throw error }
        reply = nil
      }
      return reply ?? first ?? []
    } catch {
      switch error {
      case .timedOut:
        throw TransportFailure(.busy, "no reply from \(path) within \(patience / 1_000_000) ms; try again later")
      default: throw TransportFailure(error, doing: "talk to", path: path)
      }
    }
  }

  /// The next line without its end; what is left at the end of the stream counts as one, nothing is nil.
  private func line(
    of socket: borrowing OwnedDescriptor, _ input: inout [UInt8], before deadline: Int64
  ) throws(Errno) -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 16384)
    var searched = 0
    while true {
      if let end = input[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(input[..<end])
        input.removeFirst(end + 1)
        return line
      }
      searched = input.count
      guard try Wait.ready(socket, before: deadline) else { throw Errno.timedOut }
      let count = try socket.read(into: &chunk)
      guard count > 0 else {
        defer { input = [] }
        return input.isEmpty ? nil : input
      }
      input.append(contentsOf: chunk[0..<count])
    }
  }

  private func transmit(
    _ bytes: [UInt8], over socket: borrowing OwnedDescriptor, before deadline: Int64
  ) throws(Errno) {
    var done = 0
    while done < bytes.count {
      do throws(Errno) {
        if let count = try socket.send(bytes, from: done) {
          done += count
        } else if try !Wait.ready(socket, writing: true, before: deadline) {
          throw Errno.timedOut
        }
      } catch {
        // The server answered a refusal and stopped reading: its answer is still to be read.
        if error == .brokenPipe || error == .connectionReset { return }
        throw error
      }
    }
  }
}
