internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports

/// The old server of a rehearsal: it takes what lies at the legacy path while the relay leaves drops to it, and while it
/// is let.
final class OldReader: Sendable {
  private struct Taken {
    var lines: [RehearsalMessage.Found] = []
    var isWanted = false
    var isBusy = false
    var isStopped = false
  }
  private static let interval: Int64 = 20_000_000

  private let layout: ChannelLayout
  private let control: ControlClient
  private let state = Lock(Taken())

  init(_ channel: ChannelFile, _ layout: ChannelLayout) throws(CommandFailure) {
    self.layout = layout
    control = ControlClient(layout: layout, trust: ServerTrust(channel), patience: 2_000_000_000)
    do throws(Errno) { try SystemThread.start("old-server") { [self] in run() } } catch {
      throw CommandFailure(.failed, "cannot start the old server: \(error)")
    }
  }

  /// As an operator starts and stops it; returns when it is so.
  func set(wanted: Bool) {
    state.withLock { $0.isWanted = wanted }
    while !wanted, state.withLock({ $0.isBusy }) { Wait.pause(nanoseconds: 1_000_000) }
  }

  func stop() {
    set(wanted: false)
    state.withLock { $0.isStopped = true }
  }

  var taken: [RehearsalMessage.Found] { state.withLock { $0.lines } }

  private func run() {
    while !state.withLock({ $0.isStopped }) {
      let begins = state.withLock { (state: inout Taken) in
        state.isBusy = state.isWanted
        return state.isBusy
      }
      if begins {
        if (try? control.status())?.isRelayHolding == true { take() }
        state.withLock { $0.isBusy = false }
      }
      Wait.pause(nanoseconds: Self.interval)
    }
  }

  private func take() {
    let slot = ChannelSenders.slot(layout.legacyInput)
    let own = "\(slot.name).taken"
    guard let directory = try? Directory.open(slot.directory), (try? directory.rename(slot.name, to: own)) != nil else {
      return
    }
    // Whoever has it open still writes: an old server's second between two looks is enough for that.
    Wait.pause(nanoseconds: 40_000_000)
    let bytes = (try? directory.contents(of: own, limit: 1 << 22)) ?? nil
    try? directory.unlink(own)
    let found = RehearsalMessage.read(bytes ?? [])
    state.withLock { $0.lines += found }
  }
}
