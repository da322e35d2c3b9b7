import SluiceSystem

@testable import SluiceStore

enum AnyLogCheck {
  static func check(_ bytes: [UInt8], _ file: ScratchFile) throws(Errno) {
    file.fill(bytes)
    let report = try AuditVerifier.verify(file.descriptor)
    let tail = try AuditTail.read(file.descriptor, end: bytes.count)
    precondition(report.bytes + report.torn <= bytes.count)
    precondition(report.unsealed <= report.records)
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let seal = AuditLine.seal(line) else { continue }
      precondition(line.elementsEqual(seal.text.utf8), "a seal is written otherwise than it is read")
    }
    guard report.fault == nil else { return }
    precondition(report.bytes + report.torn == bytes.count, "bytes are left out without a fault")
    precondition(tail.end == report.bytes, "the tail ends elsewhere")
    precondition(tail.unsealedRecords == report.unsealed, "the tail counts other records")
    precondition(report.seals > 0 || tail.previous == AuditLog.firstPrevious)
  }
}
