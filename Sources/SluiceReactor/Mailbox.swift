package import SluiceSystem
internal import Synchronization

/// Letters from other threads to the reactor's: the one way in.
package final class Mailbox<Letter: Sendable>: Sendable {
  private let letters = Lock<[Letter]>([])
  private let isWaiting = Atomic<Bool>(false)
  private let wake: WakeSignal

  package init() throws(Errno) { wake = try WakeSignal() }

  /// Leaves a letter and wakes the reactor; from any thread.
  package func post(_ letter: Letter) {
    let wasEmpty = letters.withLock { waiting in
      waiting.append(letter)
      isWaiting.store(true, ordering: .releasing)
      return waiting.count == 1
    }
    if wasEmpty { wake.raise() }
  }

  /// Whether `takeAll` would give any; costs next to nothing.
  package var hasLetters: Bool { isWaiting.load(ordering: .acquiring) }

  /// All letters that wait: on the reactor's thread, where it is awake for another reason.
  package func takeAll() -> [Letter] {
    wake.clear()
    return letters.withLock { waiting in
      let taken = waiting
      waiting = []
      isWaiting.store(false, ordering: .releasing)
      return taken
    }
  }

  /// Connects it to a reactor, on whose thread `body` receives each letter until the registration is removed.
  @discardableResult
  package func attach(
    to reactor: Reactor, _ body: @escaping (Letter) -> Void
  ) throws(Errno) -> Reactor.Registration {
    try reactor.register(wake.descriptor, for: .read, handler: Reader(self, body))
  }

  private final class Reader: ReadinessHandler {
    let mailbox: Mailbox
    let body: (Letter) -> Void
    init(_ mailbox: Mailbox, _ body: @escaping (Letter) -> Void) {
      self.mailbox = mailbox
      self.body = body
    }
    func ready(_ readiness: Readiness) { for letter in mailbox.takeAll() { body(letter) } }
  }
}
