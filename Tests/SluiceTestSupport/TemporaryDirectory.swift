private import Glibc
package import SluiceSystem

/// A fresh directory of a test's own, removed with everything in it when the test lets go of it.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init(mode: UInt32 = 0o700) throws {
    let parent = try Directory.open("/tmp")
    let name = "sluice-test-\(Random.token(bytes: 8))"
    try parent.makeDirectory(name, mode: mode)
    try parent.setMode(of: name, mode)
    path = "/tmp/\(name)"
  }

  deinit { Self.remove((path + "\0").utf8.map { CChar(bitPattern: $0) }) }

  /// Depth first, by bytes since names need not be text, and following nothing.
  private static func remove(_ path: [CChar]) {
    guard unsafe unlink(path) != 0 else { return }
    // A sealed path of a test that failed before it was unsealed.
    if Self.clearImmutable(path), unsafe unlink(path) == 0 { return }
    if let stream = unsafe opendir(path) {
      while let entry = unsafe readdir(stream) {
        let length = Int(unsafe entry.pointee.d_reclen)
        let name = unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(entry), count: length)
          .dropFirst(MemoryLayout<dirent>.offset(of: \.d_name) ?? 0).prefix { $0 != 0 }
        guard unsafe !name.elementsEqual(".".utf8), unsafe !name.elementsEqual("..".utf8) else { continue }
        let component = unsafe name.map { CChar(bitPattern: $0) }
        remove(path.dropLast() + [CChar(bitPattern: UInt8(ascii: "/"))] + component + [0])
      }
      unsafe closedir(stream)
    }
    unsafe rmdir(path)
  }

  private static func clearImmutable(_ path: [CChar]) -> Bool {
    let fd = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard fd >= 0 else { return false }
    let file = OwnedDescriptor(adopting: fd)
    guard (try? file.isImmutable()) == true else { return false }
    return (try? file.setImmutable(false)) != nil
  }

  package func directory() throws -> Directory { try Directory.open(path) }

  /// Makes a sub-directory and returns its path.
  @discardableResult
  package func makeDirectory(_ name: String, mode: UInt32 = 0o700) throws -> String {
    let directory = try directory()
    try directory.makeDirectory(name, mode: mode)
    try directory.setMode(of: name, mode)
    return "\(path)/\(name)"
  }

  /// Makes or replaces a file.
  package func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws {
    let parts = name.split(separator: "/")
    let parent = try Directory.open(([path] + parts.dropLast().map(String.init)).joined(separator: "/"))
    try parent.replaceFile(String(parts.last ?? ""), with: Array(text.utf8), mode: mode)
  }

  package func read(_ name: String) throws -> [UInt8]? { try directory().contents(of: name, limit: 1 << 28) }

  package func names() throws -> [String] { try directory().names().sorted() }
}

extension TemporaryDirectory {
  /// A symbolic link in it.
  package func link(_ target: String, to name: String) throws {
    guard unsafe symlink(target, "\(path)/\(name)") == 0 else { throw Errno.io }
  }
}
