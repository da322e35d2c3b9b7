internal import SluiceSystem

extension Directory {
  /// Makes a file another user's, by its descriptor: in a directory of that user's a name may be a link to anything.
  func give(_ name: String, to owner: Owner) throws(Errno) {
    let file = try open(name, .readWrite)
    let status = try file.status()
    guard status.kind == .regular, status.links == 1 else { throw .invalid }
    try file.setOwner(uid: owner.uid, gid: owner.gid)
  }
}
