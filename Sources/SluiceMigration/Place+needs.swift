/// What stands at a channel's places, and which permissions it is of no use without.
extension Manifest.Place {
  /// The one kind of object that the place is for.
  package var kind: Manifest.Object.Kind {
    switch self {
    case .runtime, .claimed, .replies: .directory
    case .lock: .lockFile
    case .runFile: .runFile
    case .fifo: .fifo
    case .socket: .socket
    }
  }

  /// Bits that the channel's own user cannot do without (inode(7)).
  private var ownNeeds: UInt32 { kind == .directory ? 0o700 : 0o600 }

  /// Bits that members of the channel's group cannot do without, where they have access.
  private var groupNeeds: (bits: UInt32, reason: String) {
    switch self {
    case .runtime: (0o010, "cannot enter it")
    case .claimed: (0, "")
    case .replies: (0o030, "cannot make their reply FIFOs in it")
    case .lock: (0o060, "cannot open the lock that they have to take")
    case .runFile: (0o020, "cannot append their messages to it")
    case .fifo: (0o020, "cannot write their messages to it")
    case .socket: (0o020, "cannot connect to it")
    }
  }

  /// Which of the two modes lets somebody out who must get in, and why; nil where they do.
  package func lacks(_ mode: UInt32, group: UInt32?) -> (key: String, text: String)? {
    if mode & ownNeeds != ownNeeds { return ("mode", "\(octal(mode)) keeps the channel's own user out") }
    guard let group else { return nil }
    if group & ownNeeds != ownNeeds { return ("groupMode", "\(octal(group)) keeps the channel's own user out") }
    guard group & groupNeeds.bits != groupNeeds.bits else { return nil }
    return ("groupMode", "with \(octal(group)) members of the channel's group \(groupNeeds.reason)")
  }

  private func octal(_ mode: UInt32) -> String { "0\(String(mode, radix: 8))" }
}
