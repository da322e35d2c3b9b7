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
  /// Numbers that had been reached when another file took the name: one that does not belong to the log may have any.
  private var reached: [Int64] = []
  private static let mostReached = 64
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
    for file in files where try file.descriptor.status().identity == wasReading { goesOnFromIt = true }
    if !goesOnFromIt { try goBack(newest: newest(files)) }
    for (index, next) in files.enumerated() {
      let isLast = index + 1 == files.count
      let found = try next.descriptor.status().identity
      if !isLast, let after = files[index + 1].continuation, after.sequence <= last { continue }
      (file, identity, offset) = (next, found, 0)
      if try !read(next, body) { break }
    }
    let wasGone = isGone
    isGone = false
    return goesOnFromIt || wasGone && wasReading == nil ? .none : .replaced
  }

  /// Where the last file had numbers that are higher than those of the log that is there again, what comes is known by the
  /// number that was reached before that file.
  private func goBack(newest: Int64) {
    if newest < last, let before = reached.filter({ $0 <= newest }).max() { last = before }
    if !reached.contains(last), reached.count < Self.mostReached { reached.append(last) }
  }

  private func newest(_ files: [AuditFiles.File]) throws(Errno) -> Int64 {
    guard let file = files.last else { return 0 }
    var newest = file.continuation?.sequence ?? 0
    try AuditVerifier.forEachLine(file.descriptor) { line in
      newest = max(newest, AuditLine.sequence(line) ?? 0)
      return true
    }
    return newest
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
