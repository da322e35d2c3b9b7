import SluiceChannel

/// The channel file and the environment file: any bytes are a file or a list of problems that lie inside the text.
///
/// A file that was read is written and read again as the same; and reading takes time in proportion to the text, for
/// which some inputs are made long. What is too slow shows as libFuzzer's time-out.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChannel(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  ChannelFileCheck.check(bytes)
  EnvironmentCheck.check(bytes)
  // One in 1024 is enough: a long text costs as much as thousands of short ones.
  let sum = bytes.reduce(UInt32(count)) { ($0 ^ UInt32($1)) &* 16_777_619 }
  if sum >> 22 == 0 { checkLong(bytes, cut: Int(sum & 0xFFFF) % count) }
  return 0
}

/// The tail over and over, after the head: what a nested, unclosed or repeated construct costs.
private func checkLong(_ bytes: [UInt8], cut: Int) {
  var long = Array(bytes[..<cut])
  while long.count < 1 << 18 { long += bytes[cut...] }
  _ = try? ChannelFile.parse(bytes: long, fileName: "long")
  _ = try? EnvironmentFile.parse(long)
}
