internal import CLinux

/// A process forked before the sandbox is put on, which starts one program, fixed at its birth, whenever it is asked.
///
/// What it starts is a child of ours (clone(2), CLONE_PARENT): we wait for it, kill its group, and hold its pidfd, as if
/// we had started it, but it has none of our restrictions except those that were there before. A request may name
/// variables of known prefixes and nothing else, so whoever took us over could still start this program only, and not
/// steer its loader. The process ends with us: it reads end of file.
package final class ProgramStarter {
  /// Called once, when the process is gone or does not answer: nothing can be started any more.
  package var lost: () -> Void = {}
  package let pid: Int32
  private var socket: OwnedDescriptor?

  /// - Parameters:
  ///   - program: what may be started, with the variables of every start; nil where nothing is.
  ///   - prefixes: how variables of a request may begin.
  /// - Note: Call it while the process has one thread.
  package init(_ program: ProgramStart?, prefixes: [String]) throws(Errno) {
    var raw: Int32 = -1
    pid = try unsafe CStrings.with(program?.arguments ?? []) { (arguments) throws(Errno) -> Int32 in
      try unsafe CStrings.with(program?.environment ?? []) { (environment) throws(Errno) -> Int32 in
        try unsafe CStrings.with(prefixes) { (prefixes) throws(Errno) -> Int32 in
          func begin(_ path: UnsafePointer<CChar>?) -> Int32 {
            var spec = unsafe sl_starter(
              path: path, arguments: arguments, environment: environment, prefixes: prefixes)
            return unsafe sl_starter_begin(&spec, &raw)
          }
          return try systemCall {
            guard let program else { return begin(nil) }
            return unsafe program.path.withCString { unsafe begin($0) }
          }
        }
      }
    }
    socket = OwnedDescriptor(adopting: raw)
  }

  deinit { end() }

  /// Its end, reaped: nobody else waits for it.
  private func end() {
    guard number != nil else { return }
    socket = nil
    ChildProcess.kill(pid)
    var status: Int32 = 0
    _ = unsafe sl_wait(pid, &status, 0)
  }

  /// Starts the program. A failed exec is thrown as what execve(2) said.
  package func start(variables: [String]) throws(Errno) -> ChildProcess {
    try start(UInt8(SL_STARTER_RUN), variables)
  }

  /// As `start`, below a keeper: a process of ours that is the parent of whatever the program leaves behind. The child
  /// is the keeper, with the program's exit status; `ChildProcess.askToEnd` ends the program, and so does our own end.
  package func startKept(variables: [String]) throws(Errno) -> ChildProcess {
    try start(UInt8(SL_STARTER_KEEP), variables)
  }

  private func start(_ kind: UInt8, _ variables: [String]) throws(Errno) -> ChildProcess {
    var request = [kind]
    for variable in variables {
      request.append(contentsOf: variable.utf8.prefix { $0 != 0 })
      request.append(0)
    }
    return try ChildProcess.start { (input, output, errors) throws(Errno) in
      var child: Int32 = 0
      do throws(Errno) { try ask(request, [input, output, errors], &child) } catch {
        if child > 0 {
          var status: Int32 = 0
          _ = unsafe sl_wait(child, &status, 0)
        }
        throw error
      }
      return child
    }
  }

  private func ask(_ request: [UInt8], _ streams: [Int32], _ child: inout Int32) throws(Errno) {
    guard let raw = number else { throw Errno.brokenPipe }
    let result = unsafe sl_starter_ask(
      raw, request, UInt64(request.count), streams, UInt32(streams.count), &child)
    guard result < 0 else { return }
    let error = Errno(rawValue: -result)
    // After these an answer may still be on its way, or none will ever come.
    if [.brokenPipe, .connectionReset, .timedOut, .wouldBlock].contains(error) {
      end()
      lost()
    }
    throw error
  }

  private var number: Int32? {
    switch socket {
    case .some(let descriptor): descriptor.raw
    case .none: nil
    }
  }
}
