import SluiceSystem

/// One file without a name that is written anew for every input: what is tested reads from a descriptor.
final class ScratchFile {
  let descriptor: OwnedDescriptor

  init() {
    do throws(Errno) {
      let directory = try Directory.open("/tmp")
      let name = "sluice-fuzz-\(Process.identifier)"
      descriptor = try directory.open(name, .createNew(mode: 0o600))
      try directory.unlinkIfPresent(name)
    } catch { fatalError("cannot make a file in /tmp: \(error)") }
  }

  func fill(_ bytes: [UInt8]) {
    do throws(Errno) {
      try descriptor.truncate(to: 0)
      try descriptor.writeAll(bytes, at: 0)
    } catch { fatalError("cannot write: \(error)") }
  }
}
