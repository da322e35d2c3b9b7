internal import SluiceSystem

/// Which processes closed which written files, for as long as somebody may ask.
struct WriterCount {
  /// Files that are kept in mind; beyond that the oldest are forgotten, and what is asked of them is unknown.
  private static let most = 8192
  /// Processes of one file that are told apart: from two on it is contended anyway.
  private static let mostWriters = 4

  private struct Writers {
    var processes: [Int32] = []
    var program: String?
  }
  private var writers: [FileHandle: Writers] = [:]
  private var order: [FileHandle] = []
  private var head = 0
  /// Whether files were forgotten, or events lost, since `reset`.
  private(set) var hasGaps = false

  mutating func saw(_ handle: FileHandle, process: Int32, program: String? = nil) {
    if writers[handle] == nil {
      if writers.count >= Self.most { forgetOldest() }
      writers[handle] = Writers()
      order.append(handle)
      // Those that were asked about and forgotten leave their places behind.
      if order.count - head > Self.most * 2 { compact() }
    }
    var known = writers[handle] ?? Writers()
    if !known.processes.contains(process), known.processes.count < Self.mostWriters { known.processes.append(process) }
    known.program = program ?? known.program
    writers[handle] = known
  }

  mutating func lost() { hasGaps = true }

  /// Forgets the gaps: whatever is asked from now on began later.
  mutating func reset() { hasGaps = false }

  /// The processes that wrote it; none where it was linked or moved here.
  func processes(of handle: FileHandle) -> [Int32] { writers[handle]?.processes ?? [] }
  /// What its last writer called itself, as far as that was seen.
  func program(of handle: FileHandle) -> String? { writers[handle]?.program }

  mutating func forget(_ handle: FileHandle) { writers[handle] = nil }

  private mutating func compact() {
    var seen: Set<FileHandle> = []
    order = order[head...].filter { writers[$0] != nil && seen.insert($0).inserted }
    head = 0
  }

  private mutating func forgetOldest() {
    while writers.count >= Self.most, head < order.count {
      if writers.removeValue(forKey: order[head]) != nil { hasGaps = true }
      head += 1
    }
    if head > Self.most {
      order.removeFirst(head)
      head = 0
    }
  }
}
