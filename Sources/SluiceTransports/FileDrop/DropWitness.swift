internal import SluiceReactor
internal import SluiceSystem

/// Tells of each claimed file whether more than one process wrote it: a mix of two messages may well be valid JSON.
///
/// It needs a privilege (see `WriteWitness`). Without it every message says so, and mixes are possible.
final class DropWitness: ReadinessHandler {
  enum Testimony: Equatable {
    case single
    case contended([Int32])
    /// Events were lost, or the file has no handle here.
    case unknown
  }

  private let witness: WriteWitness
  private let slots: Set<[UInt8]>
  private let reactor: Reactor
  private var registration: Reactor.Registration?
  private var count = WriterCount()
  /// Claims that began before this moment of the monotonic clock may have had writers that nobody counted.
  private var reliableSince: Int64
  /// The file that was asked about last, which is the one that goes next.
  private var asked: (name: String, handle: FileHandle)?

  /// Begins to watch before anything is claimed.
  /// - Returns: why there is none, as an errno, where the privilege or the kernel's support is missing.
  static func start(
    _ directories: [ClaimDirectory], _ slots: [FileDropSettings.Slot], reactor: Reactor
  ) throws(Errno) -> DropWitness {
    let made = try DropWitness(WriteWitness(), slots, reactor)
    for directory in directories {
      try made.witness.watch(directory.drop)
      try made.witness.watch(directory.claims)
    }
    made.registration = try reactor.register(made.witness.descriptor, for: .read, handler: made)
    return made
  }

  private init(_ witness: WriteWitness, _ slots: [FileDropSettings.Slot], _ reactor: Reactor) throws(Errno) {
    self.witness = witness
    self.slots = Set(slots.map { Array($0.name.utf8) })
    self.reactor = reactor
    reliableSince = Clock.monotonic
  }

  func ready(_ readiness: Readiness) { drain() }

  func stop() {
    if let registration { reactor.remove(registration) }
    registration = nil
  }

  /// Asked once the file's completeness is proven: every event about its writers is in the queue by then.
  func testimony(of name: String, claimedAt time: Int64, in claims: borrowing Directory) -> Testimony {
    drain()
    guard time >= reliableSince, let handle = try? claims.handle(of: name) else { return .unknown }
    asked = (name, handle)
    let processes = count.processes(of: handle)
    return processes.count > 1 ? .contended(processes) : .single
  }

  /// What the process that closed it last called itself, where it was still there to be asked; nil where nobody saw it.
  func program(of name: String, in claims: borrowing Directory) -> String? {
    drain()
    guard let handle = try? claims.handle(of: name) else { return nil }
    asked = (name, handle)
    return count.program(of: handle)
  }

  /// The file is gone, or about to be.
  func forget(_ name: String, in claims: borrowing Directory) {
    if let asked, asked.name == name { return count.forget(asked.handle) }
    if let handle = try? claims.handle(of: name) { count.forget(handle) }
  }

  private func drain() {
    do throws(Errno) {
      try witness.drain { event in
        switch event {
        case .closed(let handle, let process, let name):
          // The directory is everybody's: only what is written at a slot, or after its claim, is of interest.
          if slots.contains(name) || ClaimName.isClaim(name) {
            count.saw(handle, process: process, program: ProcessName.of(process))
          }
        case .overflow: count.lost()
        }
      }
    } catch { count.lost() }
    if count.hasGaps {
      count.reset()
      reliableSince = Clock.monotonic
    }
  }
}
