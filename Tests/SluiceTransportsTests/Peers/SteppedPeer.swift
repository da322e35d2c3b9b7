import SluiceSystem
import SluiceTestSupport
import Testing

/// A started peer program: says lines, and waits for ours where its steps say so.
final class SteppedPeer {
  private let process: ChildProcess
  private var input: [UInt8] = []
  private var output: [UInt8] = []
  private var errors: [UInt8] = []
  private(set) var status: Int32?

  init(_ words: [String]) throws {
    process = try ChildProcess.start(
      ProgramStart(path: words[0], arguments: words, environment: ["PATH=/usr/bin:/bin"]))
  }

  /// As another user: `setpriv` becomes the program, so the number stays.
  convenience init(as uid: UInt32, gid: UInt32? = nil, groups: [UInt32] = [], _ words: [String]) throws {
    let membership =
      groups.isEmpty ? ["--clear-groups"] : ["--groups", groups.map { "\($0)" }.joined(separator: ",")]
    try self.init(
      ["/usr/bin/setpriv", "--reuid", "\(uid)", "--regid", "\(gid ?? uid)"] + membership + ["--"] + words)
  }

  deinit {
    if status == nil { process.endAndReap() }
  }

  var pid: Int32 { process.pid }

  /// Lets it pass one `wait`.
  func goOn() throws { try process.input?.writeAll([UInt8(ascii: "\n")]) }

  func pump() throws {
    try Self.drain(process.output, &output)
    try Self.drain(process.errors, &errors)
    if status == nil { status = try ChildProcess.reap(process.pid) }
  }

  private static func drain(_ stream: borrowing OwnedDescriptor, _ bytes: inout [UInt8]) throws {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = try stream.read(into: &chunk)
      if count == 0 { return }
      bytes += chunk[..<count]
    }
  }

  var lines: [String] { String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init) }
  var trouble: String { String(decoding: errors, as: UTF8.self) }
}
