internal import CLinux
internal import Glibc

/// Signals that the two services handle.
package enum Signal: Int32, Sendable, CaseIterable {
  case hangUp = 1
  case interrupt = 2
  case terminate = 15
  case childEnded = 17
}

/// Signals as readable events, signalfd(2). They are blocked in every thread started later, so this comes first in main.
package struct SignalReceiver: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor

  package init(_ signals: [Signal]) throws(Errno) {
    let numbers = signals.map(\.rawValue)
    descriptor = OwnedDescriptor(
      adopting: try systemCall {
        unsafe numbers.withUnsafeBufferPointer { unsafe sl_signalfd($0.baseAddress, Int32($0.count)) }
      })
  }

  /// The next signal that came, nil when there is none.
  package func next() throws(Errno) -> Signal? {
    // struct signalfd_siginfo is 128 bytes and starts with the number, signalfd(2).
    var record = [UInt8](repeating: 0, count: 128)
    let fd = descriptor.raw
    let count = try systemCallUnlessBlocked {
      unsafe record.withUnsafeMutableBytes { unsafe sl_read(fd, $0.baseAddress, UInt64($0.count)) }
    }
    guard let count, count == 128 else { return nil }
    return Signal(rawValue: Int32(record[0]))
  }

  /// Ignores SIGPIPE (a gone peer is an errno) and SIGIO (a broken lease would kill us, fcntl(2)).
  package static func ignoreHarmless() {
    _ = sl_ignore_signal(SIGPIPE)
    _ = sl_ignore_signal(SIGIO)
    // A write beyond a limit on file sizes is an error to be reported, as a full disk is (setrlimit(2), RLIMIT_FSIZE).
    _ = sl_ignore_signal(SIGXFSZ)
  }
}
