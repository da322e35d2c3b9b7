import SluiceSystem

extension Rehearsal {
  /// Everything under the root, with kind, mode, owner, size and time of change, a line each.
  func listing(except: [String] = []) throws -> [String] {
    var lines: [String] = []
    func walk(_ path: String) throws {
      for name in try Files.names(path) {
        let child = "\(path)/\(name)"
        guard let status = try Files.status(child) else { continue }
        lines.append(
          "\(child.dropFirst(root.count)) \(status.kind.rawValue) \(String(status.mode, radix: 8)) \(status.uid)"
            + (status.kind == .regular ? " \(status.size) \(status.modified)" : ""))
        if status.kind == .directory { try walk(child) }
      }
    }
    for name in try Files.names(root) where !except.contains(name) { try walk("\(root)/\(name)") }
    return lines
  }
}
