import SluiceSystem

/// What the kernel writes, with names that anybody chose: fanotify's events, /proc/PID/stat, mountinfo.
///
/// No input may trap or read beyond its end; what is written as the kernel does it is read as it was meant.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKernel(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 1 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data + 1, count: count - 1))
  switch data[0] % 5 {
  case 0: WriteEvent.forEach(in: bytes[...]) { _ in }
  case 1: WriteEventCheck.check(bytes)
  case 2: ProcessTextCheck.check(stat: bytes)
  case 3: ProcessTextCheck.check(descriptor: bytes)
  default: ProcessTextCheck.check(mounts: bytes)
  }
  return 0
}
