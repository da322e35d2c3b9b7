internal import SluiceSystem

/// The digest of an audit log's open block. Large batches are hashed by a thread of its own, beside the writer; whoever
/// needs the sum hashes what is left.
///
/// A batch is taken from the queue only by whoever holds the digest, so batches are hashed in the order they came in.
final class BlockDigest {
  private let shared: Shared
  private var hasThread = false

  init() throws(Errno) { shared = try Shared() }
  deinit { shared.end() }

  func update(_ bytes: [UInt8]) {
    if bytes.count >= Shared.largeBatch, startThread() { shared.queue(bytes) } else { shared.hash(bytes) }
  }

  /// The digest of the open block, in hexadecimal digits; the block stays open.
  func soFar() -> String { shared.soFar() }

  /// Begins the next block, whose digest builds on the last one's.
  func begin(after previous: String) { shared.begin(after: Array(previous.utf8)) }

  private func startThread() -> Bool {
    if hasThread { return true }
    let shared = shared
    // Without a thread everything is hashed in place, as small batches are.
    do throws(Errno) { try SystemThread.start("digest") { shared.run() } } catch { return false }
    hasThread = true
    return true
  }

  private final class Shared: Sendable {
    /// A smaller batch is hashed in less time than it takes to wake a thread for it.
    static let largeBatch = 1 << 16
    /// Batches that may wait: memory is bounded, and so is the time that a seal may take.
    private static let most = 4

    private struct Queue {
      var batches: [[UInt8]] = []
      var hasEnded = false
    }
    private let digest = Lock(Digest())
    private let waiting = Lock(Queue())
    private let work: WakeSignal

    init() throws(Errno) { work = try WakeSignal() }

    func run() {
      while true {
        _ = try? Wait.ready(work.descriptor, before: .max)
        work.clear()
        if waiting.withLock({ $0.hasEnded }) { return }
        digest.withLock { drain(&$0) }
      }
    }

    func queue(_ batch: [UInt8]) {
      let count = waiting.withLock { queue in
        queue.batches.append(batch)
        return queue.batches.count
      }
      if count > Self.most { digest.withLock { drain(&$0) } } else { work.raise() }
    }

    func hash(_ bytes: [UInt8]) {
      digest.withLock { digest in
        drain(&digest)
        digest.update(bytes)
      }
    }

    func soFar() -> String {
      digest.withLock { digest in
        drain(&digest)
        return digest.soFar()
      }
    }

    func begin(after previous: [UInt8]) {
      digest.withLock { digest in
        drain(&digest)
        _ = digest.finish()
        digest.update(previous)
      }
    }

    func end() {
      waiting.withLock { $0.hasEnded = true }
      work.raise()
    }

    private func drain(_ digest: inout Digest) {
      while let batch = waiting.withLock({ $0.batches.isEmpty ? nil : $0.batches.removeFirst() }) {
        digest.update(batch)
      }
    }
  }
}
