package import SluiceSystem

/// Reads the scripts below directories: no links followed, no other filesystems entered, and never more than the limits.
package struct ScriptWalk {
  static let fileLimit = 20_000
  static let entryLimit = 200_000
  static let depthLimit = 32
  static let sizeLimit = 1 << 20

  package private(set) var scripts: [Script] = []
  package private(set) var read = 0
  /// What was left out and why, with how often.
  package private(set) var leftOut: [String: Int] = [:]
  private var entries = 0
  private let names: [String]

  package init(naming names: [String]) { self.names = names }

  /// - Returns: what is wrong with the directory itself, where something is.
  package mutating func walk(_ path: String) -> String? {
    do throws(Errno) {
      let directory = try Directory.open(path)
      walk(directory, device: try directory.descriptor.status().identity.device, depth: 0)
      return nil
    } catch { return "\(error)" }
  }

  private mutating func walk(_ directory: borrowing Directory, device: UInt64, depth: Int) {
    let names: [String]
    do throws(Errno) { names = try directory.names(capacity: 1 << 22) } catch {
      return leaveOut(error == .noBufferSpace ? "directories with too many entries" : "unreadable directories")
    }
    for name in names.sorted() {
      entries += 1
      guard entries <= Self.entryLimit, read < Self.fileLimit else { return leaveOut("what is beyond the file limit") }
      guard let status = (try? directory.status(of: name)) ?? nil else {
        if name.unicodeScalars.contains("\u{FFFD}") { leaveOut("names that are not UTF-8") }
        continue
      }
      switch status.kind {
      case .directory:
        guard status.identity.device == device else {
          leaveOut("other filesystems")
          continue
        }
        guard depth < Self.depthLimit, let child = try? directory.directory(name) else {
          leaveOut(depth < Self.depthLimit ? "unreadable directories" : "directories that are too deep")
          continue
        }
        walk(child, device: device, depth: depth + 1)
      case .regular: look(directory, name, status)
      default: continue
      }
    }
  }

  /// Reads one file that a directory was asked for by name.
  package mutating func look(_ directory: borrowing Directory, _ name: String, _ status: FileStatus) {
    guard status.size <= UInt64(Self.sizeLimit) else { return leaveOut("files over 1 MiB") }
    let bytes: [UInt8]
    do throws(Errno) {
      let file = try directory.open(name, .readUntrusted)
      // Another file may stand there by now.
      guard try file.status().kind == .regular else { return }
      guard let found = try file.contents(limit: Self.sizeLimit) else { return leaveOut("files over 1 MiB") }
      bytes = found
    } catch { return error == .noSuchFile ? () : leaveOut("unreadable files") }
    read += 1
    guard ScriptText.isText(bytes) else { return }
    var text = ScriptText(naming: names)
    let mentions = text.mentions(in: bytes)
    guard !mentions.isEmpty else { return }
    let path = directory.path == "/" ? "/\(name)" : "\(directory.path)/\(name)"
    guard !scripts.contains(where: { $0.path == path }) else { return }
    scripts.append(Script(path: path, uid: status.uid, mode: status.mode, mentions: mentions))
  }

  private mutating func leaveOut(_ what: String) { leftOut[what, default: 0] += 1 }
}
