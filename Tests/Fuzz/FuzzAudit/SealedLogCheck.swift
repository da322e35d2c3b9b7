import SluiceSystem

@testable import SluiceStore

enum SealedLogCheck {
  /// The first bytes say which byte is changed and how; the rest are the records, one a line, and an empty line seals.
  static func check(_ bytes: [UInt8], _ file: ScratchFile) throws(Errno) {
    let log = SealedLog(of: bytes[4...])
    file.fill(log.bytes)
    let whole = try AuditVerifier.verify(file.descriptor)
    precondition(whole.fault == nil, "a whole log is broken: \(whole.fault ?? "")")
    precondition(whole.records == log.records && whole.seals == log.seals && whole.torn == 0)
    precondition(whole.unsealed == log.unsealed)
    guard log.sealedCount > 0 else { return }
    let place = (Int(bytes[1]) | Int(bytes[2]) << 8) % log.sealedCount
    var changed = log.bytes
    changed[place] ^= bytes[3] == 0 ? 1 : bytes[3]
    file.fill(changed)
    let report = try AuditVerifier.verify(file.descriptor)
    precondition(report.fault != nil, "byte \(place) of \(log.sealedCount) is another, and nothing is said")
  }
}

/// A log as the server writes it.
private struct SealedLog {
  var bytes: [UInt8] = []
  var records = 0
  var seals = 0
  var unsealed = 0
  /// Bytes up to and with the last seal.
  var sealedCount = 0

  init(of text: ArraySlice<UInt8>) {
    var previous = AuditLog.firstPrevious
    var block = Array(previous.utf8)
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      guard line.isEmpty else {
        // What JSON writes escaped cannot stand in a record.
        let safe = line.map { $0 < 0x20 || $0 == UInt8(ascii: "\"") ? UInt8(ascii: "_") : $0 }
        let record = Array("{\"seq\":\(records + 1),\"text\":\"".utf8) + safe + Array("\"}\n".utf8)
        records += 1
        unsealed += 1
        block += record
        bytes += record
        continue
      }
      guard unsealed > 0 else { continue }
      let sum = Digest.sha256(block)
      bytes +=
        Array(AuditLine.Seal(records: unsealed, previous: previous, digest: sum).text.utf8) + [UInt8(ascii: "\n")]
      seals += 1
      unsealed = 0
      sealedCount = bytes.count
      previous = sum
      block = Array(previous.utf8)
    }
  }
}
