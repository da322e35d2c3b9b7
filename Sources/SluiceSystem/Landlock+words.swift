/// Rights in words, for people.
extension Landlock.Access {
  /// Reads files and lists directories.
  package static let reading: Self = [.readFile, .readDirectory]
  /// All that a directory of our own is for: no devices, no programs.
  package static let owning: Self = [
    .readFile, .readDirectory, .writeFile, .truncate, .makeFile, .makeDirectory, .makeSocket, .makeFIFO, .removeFile,
    .removeDirectory, .refer,
  ]
  /// As `owning`, where strange things must be moved out of the way too: moving one counts as making it. Making a device
  /// still needs CAP_MKNOD, which nobody here has.
  package static let clearing: Self = owning.union([.makeSymbolicLink, .makeCharacterDevice, .makeBlockDevice])
  /// Writes to files that it makes or finds, and lists them; never removes one.
  package static let appending: Self = [.readFile, .readDirectory, .writeFile, .truncate, .makeFile]

  /// `read, write, make, remove, rename`.
  package var words: String {
    let names: [(Self, String)] = [
      (.readFile, "read"), (.writeFile, "write"), (.makeFile, "make"), (.removeFile, "remove"), (.refer, "rename"),
      (.execute, "execute"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}
