import SluiceChannel
import SluiceSystem

/// A channel whose handler is the misbehaving server (Tests/Programs/backend.py).
extension Rehearsal {
  static let backend = "\(Places.repository)/Tests/Programs/backend.py"
  /// What the server got, byte for byte.
  var got: String { "\(root)/got" }

  static func stdio(_ root: String, _ more: String = "") -> String {
    #"handler: { kind: "stdio", command: ["/usr/bin/python3", "\#(backend)", "\#(root)/got"], \#(more) },"#
  }

  /// Serves at phase socket with it.
  @discardableResult
  func serveBackend(_ more: String = "", settings: String = "") throws -> Service {
    try configure(Self.stdio(root, more) + settings)
    return try serve("--phase", "socket")
  }

  /// Keepers that the server has started.
  static func children(of server: Service) throws -> [String] {
    try Files.text("/proc/\(server.pid)/task/\(server.pid)/children").split(separator: " ").map(String.init).filter {
      // It may be gone by now.
      (try? Files.text("/proc/\($0)/comm")) == "sluice-keeper\n"
    }
  }

  static func isAlive(_ pid: Int64) -> Bool {
    guard let stat = try? Files.text("/proc/\(pid)/stat"), let state = stat.split(separator: ")").last else {
      return false
    }
    return !state.hasPrefix(" Z")
  }
}
