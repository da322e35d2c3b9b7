internal import SluiceChannel
internal import SluiceStore

/// Counts by route, in fields instead of a dictionary: one is changed for every message.
struct Tally {
  private var fileDrop: LedgerEntry
  private var runFile: LedgerEntry
  private var fifo: LedgerEntry
  private var socket: LedgerEntry

  init(generation: Int64) {
    func entry(_ kind: TransportKind) -> LedgerEntry { LedgerEntry(route: kind.rawValue, generation: generation) }
    fileDrop = entry(.fileDrop)
    runFile = entry(.runFile)
    fifo = entry(.fifo)
    socket = entry(.socket)
  }

  subscript(route: TransportKind) -> LedgerEntry {
    switch route {
    case .fileDrop: fileDrop
    case .runFile: runFile
    case .fifo: fifo
    case .socket: socket
    }
  }

  /// The rows of routes that something was counted on.
  var entries: [LedgerEntry] { TransportKind.allCases.map { self[$0] }.filter { !$0.isEmpty } }

  mutating func count(_ kind: Outcome.Kind, on route: TransportKind) {
    switch route {
    case .fileDrop: Self.count(kind, in: &fileDrop)
    case .runFile: Self.count(kind, in: &runFile)
    case .fifo: Self.count(kind, in: &fifo)
    case .socket: Self.count(kind, in: &socket)
    }
  }

  mutating func add(_ other: Tally) {
    fileDrop.add(other.fileDrop)
    runFile.add(other.runFile)
    fifo.add(other.fifo)
    socket.add(other.socket)
  }

  private static func count(_ kind: Outcome.Kind, in entry: inout LedgerEntry) {
    switch kind {
    case .handled: entry.handled += 1
    case .failed:
      entry.handled += 1
      entry.failed += 1
    case .rejected: entry.rejected += 1
    case .quarantined: entry.quarantined += 1
    case .canary:
      entry.canaries += 1
      return
    case .started: return
    }
    entry.accepted += 1
  }
}
