package import SluiceSystem

/// Reads a log as it grows: each record once, by its number, also where the log goes on in another file, or where another
/// file was put into its place.
package final class AuditFollower {
  /// What became of the log's name since the last look.
  package enum Change: Equatable, Sendable {
    case none
    /// Nothing has the log's name; said once.
    case gone
    /// A file that does not go on from the one that was read.
    case replaced
  }

  private let directory: Directory
  private let name: String
  private var file: AuditFiles.File?
  private var identity: FileStatus.Identity?
  /// Behind the last whole line that was read of the file.
  private var offset = 0
  private var isGone = false
  /// Number of the last record that was given out.
  package private(set) var last: Int64

  /// - Parameter last: the record behind which it begins.
  package init(in directory: consuming Directory, name: String, after last: Int64) {
    self.directory = directory
    self.name = name
    self.last = last
  }

  /// Gives out what has come since the last time, until the body answers false.
  package func advance(_ body: (ArraySlice<UInt8>) -> Bool) throws(Errno) -> Change {
    // What a file got before it lost its name comes first.
    if let file, try !read(file, body) { return .none }
    guard let now = try directory.status(of: name) else {
      defer { isGone = true }
      return isGone ? .none : .gone
    }
    if now.identity == identity {
      isGone = false
      guard now.size < offset else { return .none }
      // Cut by somebody: what is written anew is known by its numbers.
      offset = 0
      return .replaced
    }
    return try goOn(body)
  }

  /// Another file has the name: all that comes behind the last record, from the files between them too.
  private func goOn(_ body: (ArraySlice<UInt8>) -> Bool) throws(Errno) -> Change {
    let files: [AuditFiles.File]
    do throws(Errno) { files = try AuditFiles(in: directory, name: name).files } catch {
      guard error == .noSuchFile else { throw error }
      defer { isGone = true }
      return isGone ? .none : .gone
    }
    let wasReading = identity
    var goesOnFromIt = wasReading == nil
    for (index, next) in files.enumerated() {
      let isLast = index + 1 == files.count
      let found = try next.descriptor.status().identity
      if found == wasReading { goesOnFromIt = true }
      if !isLast, let after = files[index + 1].continuation, after.sequence <= last { continue }
      (file, identity, offset) = (next, found, 0)
      if try !read(next, body) { break }
    }
    let wasGone = isGone
    isGone = false
    return goesOnFromIt || wasGone && wasReading == nil ? .none : .replaced
  }

  /// - Returns: whether the body wants more.
  private func read(_ file: AuditFiles.File, _ body: (ArraySlice<UInt8>) -> Bool) throws(Errno) -> Bool {
    var goesOn = true
    _ = try AuditVerifier.forEachLine(file.descriptor, from: offset) { line in
      offset += line.count + 1
      guard let sequence = AuditLine.sequence(line), sequence > last else { return true }
      last = sequence
      goesOn = body(line)
      return goesOn
    }
    return goesOn
  }
}
