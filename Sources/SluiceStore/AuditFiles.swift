package import SluiceSystem

/// All files of a log, oldest first; the last is the one that is written.
package struct AuditFiles {
  package final class File {
    package let name: String
    package let descriptor: OwnedDescriptor
    /// What it goes on from; nil for the first file of a log.
    package let continuation: AuditContinuation?
    package var position: Int64 { continuation?.position ?? 0 }

    init(_ name: String, _ descriptor: consuming OwnedDescriptor) throws(Errno) {
      self.name = name
      var found: AuditContinuation?
      _ = try AuditVerifier.forEachLine(descriptor) { line in
        found = AuditContinuation(line)
        return false
      }
      continuation = found
      self.descriptor = descriptor
    }
  }

  package let files: [File]

  /// Opens them. While the writer goes on to a new file there is none of the log's name for a moment.
  package init(in directory: borrowing Directory, name: String) throws(Errno) {
    var attempts = 0
    while true {
      do throws(Errno) {
        let current = try Self.file(name, in: directory)
        let identity = try current.status().identity
        var found: [File] = []
        for file in try directory.names().sorted() where AuditContinuation.position(of: file, in: name) != nil {
          guard let status = try directory.status(of: file), status.kind == .regular, status.identity != identity else {
            continue
          }
          found.append(try File(file, Self.file(file, in: directory)))
        }
        found.append(try File(name, current))
        files = found
        return
      } catch {
        attempts += 1
        guard error == .noSuchFile, attempts < 20, try directory.status(of: "\(name).next") != nil || attempts < 3
        else { throw error }
        Wait.pause(nanoseconds: 1_000_000)
      }
    }
  }

  /// A FIFO in a log's place is not waited for.
  private static func file(_ name: String, in directory: borrowing Directory) throws(Errno) -> OwnedDescriptor {
    let file = try directory.open(name, .readUntrusted)
    guard try file.status().kind == .regular else { throw .invalid }
    return file
  }

  /// Where the first of them begins: records before it are gone.
  package var start: Int64 { files.first?.position ?? 0 }
  package var startAccount: [LedgerEntry] { files.first?.continuation?.account ?? [] }

  /// Bytes of all of them, and of those before.
  package func end() throws(Errno) -> Int64 {
    guard let last = files.last else { return 0 }
    return last.position + Int64(try last.descriptor.status().size)
  }

  /// Calls `body` with each line, and the place behind it, until it answers false.
  package func forEachLine(
    from start: Int64 = 0, _ body: (ArraySlice<UInt8>, _ end: Int64) -> Bool
  ) throws(Errno) {
    for (index, file) in files.enumerated() {
      if index + 1 < files.count, files[index + 1].position <= start { continue }
      let skipped = max(0, start - file.position)
      var place = file.position + skipped
      var goesOn = true
      _ = try AuditVerifier.forEachLine(file.descriptor, from: Int(skipped)) { line in
        place += Int64(line.count) + 1
        goesOn = body(line, place)
        return goesOn
      }
      if !goesOn { return }
    }
  }

  /// Checks each file, and that each goes on where the one before it ended.
  package func verify() throws(Errno) -> AuditVerifier.Report {
    var sum = AuditVerifier.Report()
    var dropped: Set<Int64> = []
    sum.files = files.count
    let isCut = files.first?.continuation != nil
    for (index, file) in files.enumerated() {
      // Asked of each record only where it matters: it costs more than the sums.
      let report = try AuditVerifier.verify(file.descriptor) { line in
        if isCut, let position = AuditLog.droppedPosition(line) { dropped.insert(position) }
      }
      let isLast = index + 1 == files.count
      sum.records += report.records
      sum.seals += report.seals
      sum.bytes += report.bytes
      sum.unsealed = report.unsealed
      sum.torn = report.torn
      sum.lastDigest = report.lastDigest
      sum.lastSequence = report.lastSequence
      if let fault = report.fault { return sum.with(fault: "\(file.name): \(fault)") }
      guard !isLast else { continue }
      if report.unsealed > 0 || report.torn > 0 { return sum.with(fault: "\(file.name): it does not end with a seal") }
      guard let next = files[index + 1].continuation, next.after == file.position,
        next.position == file.position + Int64(report.bytes), next.previous == report.lastDigest,
        next.sequence == report.lastSequence
      else { return sum.with(fault: "\(files[index + 1].name): it does not go on where \(file.name) ends") }
    }
    if let first = files.first?.continuation, !dropped.contains(first.after) {
      let name = AuditContinuation.fileName(files.last?.name ?? "", from: first.after)
      return sum.with(fault: "\(name) is missing, and no record says that it was let go of")
    }
    return sum
  }
}

extension AuditVerifier.Report {
  fileprivate func with(fault: String) -> AuditVerifier.Report {
    var report = self
    report.fault = fault
    return report
  }
}
