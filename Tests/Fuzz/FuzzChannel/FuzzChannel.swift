import SluiceChannel

/// The channel file: any bytes are a file or a list of located problems; a file that was read is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChannel(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  do throws(ChannelFileError) {
    let file = try ChannelFile.parse(bytes: bytes, fileName: "fuzz")
    let again = try ChannelFile.parse(bytes: Array(file.render().utf8), fileName: "again")
    precondition(file == again, "a channel file changes when it is written")
  } catch {
    precondition(error.fileName == "fuzz", "what is written cannot be read: \(error)")
    precondition(!error.problems.isEmpty, "refused without a problem")
  }
  _ = try? EnvironmentFile.parse(bytes)
  return 0
}
