import SluiceWire

@testable import SluiceTransports

nonisolated(unsafe) private let scratch = ScratchFile()
nonisolated(unsafe) private let reader = MessageReader()

/// Files that others filled: the journal of their lines, and drops.
///
/// Asserted of the journal: it gives each line once, what the plain rules give, under ids that are the same when the file
/// is read again, whenever the messages are settled and however the file grew. Of a drop: its messages are admissible and
/// stand in it in their order.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJournal(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let data, count > 3 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let text = Array(bytes[3...])
  if bytes[0] & 1 == 0 {
    JournalCheck.check(text, limit: (Int(bytes[1]) + 1) * 4, seed: bytes[2], scratch, reader)
  } else {
    checkDrop(text)
  }
  return 0
}

private func checkDrop(_ bytes: [UInt8]) {
  do throws(Refusal) {
    var rest = bytes[...]
    for text in try DropText.messages(in: bytes, reader: reader) {
      let message = text.bytes
      _ = try reader.read(message)
      while !rest.starts(with: message) {
        precondition(rest.first.map { [0x20, 0x09, 0x0A, 0x0D].contains($0) } == true, "a drop's bytes are left out")
        rest = rest.dropFirst()
      }
      rest = rest.dropFirst(message.count)
    }
    precondition(rest.allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }, "the end of a drop is left out")
  } catch {}
}
