internal import SluiceSystem

/// Where a file that somebody opens stands, by what the kernel calls it.
struct GatePlaces: Sendable {
  enum Place: Equatable, Sendable {
    /// At a slot.
    case slot(Int)
    /// It stood at a slot and was replaced, or removed, there.
    case replaced(Int)
    /// It was taken from a slot and is kept no longer.
    case left(Int)
    case elsewhere
  }

  /// One slot's: the path of the slot and of the directory of gated files, and the first letter of its claims.
  struct Slot: Sendable {
    let path: [UInt8]
    let gated: [UInt8]
    let prefix: UInt8
  }

  private static let mark = Array(" (deleted)".utf8)
  let slots: [Slot]

  /// - Parameter hasNames: whether any name leads to it: only without one is the kernel's mark no part of a name.
  func place(of path: [UInt8], hasNames: Bool) -> Place {
    if hasNames { return slots.firstIndex { $0.path == path }.map { .slot($0) } ?? .elsewhere }
    guard path.count > Self.mark.count, path[(path.count - Self.mark.count)...] == Self.mark[...] else {
      return .elsewhere
    }
    let name = Array(path.dropLast(Self.mark.count))
    if let index = slots.firstIndex(where: { $0.path == name }) { return .replaced(index) }
    let slash = name.lastIndex(of: UInt8(ascii: "/")) ?? 0
    let (directory, prefix) = (Array(name[..<slash]), name.dropFirst(slash + 1).first)
    return slots.firstIndex { $0.gated == directory && $0.prefix == prefix }.map { .left($0) } ?? .elsewhere
  }
}

extension GatePlaces {
  init(_ directories: [ClaimDirectory], _ slots: [FileDropSettings.Slot]) {
    self.slots = zip(directories, slots).map { directory, slot in
      let (drop, gated) = (directory.drop.descriptor.place ?? [], directory.gated.descriptor.place ?? [])
      return Slot(
        path: drop + Array("/\(slot.name)".utf8), gated: gated, prefix: slot.prefix.utf8.first ?? UInt8(ascii: "c"))
    }
  }
}
