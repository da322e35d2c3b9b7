import SluiceScan

/// What a scan reads: tables of sockets, crontabs, units, links and scripts. The first byte says which.
///
/// No input may trap; what is asserted is said where it is checked. What is too slow shows as libFuzzer's time-out.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzScan(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 1 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data + 1, count: count - 1))
  let text = String(decoding: bytes, as: UTF8.self)
  switch data[0] % 7 {
  case 0: SocketTableCheck.check(unix: text)
  case 1: SocketTableCheck.check(tcp: text)
  case 2: ScheduleCheck.check(crontab: text)
  case 3: _ = UnitFile(text)
  case 4: ScriptCheck.check(bytes)
  case 5: SocketTableCheck.check(link: bytes)
  default: ScriptCheck.check(word: text)
  }
  return 0
}
