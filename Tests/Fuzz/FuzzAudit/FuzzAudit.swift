import SluiceSystem

@testable import SluiceStore

nonisolated(unsafe) private let file = ScratchFile()

/// The audit log: any bytes are verified, and read as the tail that a server finds at its start.
///
/// Asserted: verification and tail agree on a log without a fault, and a sealed log made of the input is found whole, and
/// broken once any one of its sealed bytes is another.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAudit(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 4 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  do throws(Errno) {
    if bytes[0] & 1 == 0 {
      try AnyLogCheck.check(Array(bytes[1...]), file)
    } else {
      try SealedLogCheck.check(bytes, file)
    }
  } catch { fatalError("cannot read: \(error)") }
  return 0
}
