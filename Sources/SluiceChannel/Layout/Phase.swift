/// How far a channel has come on its way from file drops to the socket.
package enum Phase: Int, CaseIterable, Sendable, Comparable, CustomStringConvertible {
  case fileDrop = 0
  case runFile = 1
  case fifo = 2
  case socket = 3
  /// The socket is primary and the legacy paths are sealed; there is no way back.
  case retired = 4

  /// `file-drop`, `run-file`, `fifo`, `socket` or `retired`.
  package var name: String { self == .retired ? "retired" : primaryTransport.rawValue }
  package var description: String { name }

  /// The phase of this name or digit; nil for any other text.
  package init?(_ text: String) {
    guard let phase = Self.allCases.first(where: { $0.name == text || "\($0.rawValue)" == text }) else { return nil }
    self = phase
  }

  /// The transport that clients should use.
  package var primaryTransport: TransportKind {
    switch self {
    case .fileDrop: .fileDrop
    case .runFile: .runFile
    case .fifo: .fifo
    case .socket, .retired: .socket
    }
  }

  /// What the server opens: every transport up to the primary one except `file-drop`, which is the relay's.
  package var openTransports: [TransportKind] {
    switch self {
    case .fileDrop: []
    case .runFile: [.runFile]
    case .fifo: [.runFile, .fifo]
    case .socket, .retired: [.runFile, .fifo, .socket]
    }
  }

  /// Whether the relay leaves drops where they are: to the old server, or since there are none any more.
  package var leavesDrops: Bool { self == .fileDrop || self == .retired }

  package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
}
