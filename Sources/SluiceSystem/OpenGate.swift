internal import CLinux

/// Lets whoever opens a file in a watched directory wait until that is allowed (fanotify(7), permission events).
///
/// While this process is stopped or hangs, every such opening hangs: so it needs a guard, which is forked before there is
/// a second thread and ends this process when its pulse stays away. The kernel lets all of them go on when the last
/// descriptor of the group is closed. Needs CAP_SYS_ADMIN.
package final class OpenGate: Sendable {
  /// Milliseconds without a pulse after which the guard ends this process.
  package static let patience: Int32 = 800

  /// Readable while openers wait or files were closed.
  package let descriptor: OwnedDescriptor
  private let pulse: OwnedDescriptor

  /// EPERM without the capability.
  package init() throws(Errno) {
    descriptor = OwnedDescriptor(adopting: try systemCall { sl_gate_open() })
    var end: Int32 = -1
    try systemCall { unsafe sl_gate_guard(Self.patience, &end) }
    pulse = OwnedDescriptor(adopting: end)
  }

  package func watch(_ directory: borrowing Directory) throws(Errno) {
    let fd = directory.raw
    try systemCall { sl_gate_watch(descriptor.raw, fd) }
  }

  /// Tells the guard that this thread is alive.
  package func beat() {
    var one: UInt8 = 1
    _ = unsafe sl_write(pulse.raw, &one, 1)
  }

  package func allow(_ file: borrowing OwnedDescriptor) { _ = sl_gate_allow(descriptor.raw, file.raw) }

  /// Waits for events for so long at most, and hands over all that are there.
  package func wait(
    milliseconds: Int32, buffer: inout [UInt8],
    _ body: (_ isOpening: Bool, _ process: Int32, _ file: consuming OwnedDescriptor) -> Void
  ) {
    var ready: Int32 = 0
    var none: Int32 = 0
    _ = unsafe sl_poll(descriptor.raw, -1, Int16(SL_IN), milliseconds, &ready, &none)
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe sl_read(descriptor.raw, $0.baseAddress, UInt64($0.count))
    }
    guard count > 0 else { return }
    var rest = buffer[0..<Int(count)]
    // struct fanotify_event_metadata: length, version, mask at 8, descriptor at 16, process at 20.
    while rest.count >= 24 {
      let length = Int(Self.number(rest, at: 0))
      guard length >= 24, length <= rest.count else { return }
      let mask = Self.number(rest, at: 8)
      let file = Int32(bitPattern: Self.number(rest, at: 16))
      let process = Int32(bitPattern: Self.number(rest, at: 20))
      rest = rest.dropFirst(length)
      guard file >= 0 else { continue }
      body(mask & 0x10000 != 0, process, OwnedDescriptor(adopting: file))
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>, at offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[bytes.startIndex + offset + $1]) << (8 * UInt32($1)) }
  }
}

extension OwnedDescriptor {
  /// truncate(2) to nothing, whatever the descriptor was opened for.
  package func empty() throws(Errno) { try systemCall { sl_empty_file(raw) } }

  /// Where the file is now, whatever it was opened as: the kernel follows renames, and appends ` (deleted)` once the name
  /// by which it was opened leads elsewhere or nowhere (proc_pid_fd(5)). Nil where that is longer than 4 KiB.
  package var place: [UInt8]? {
    var buffer = InlineArray<4096, CChar>(repeating: 0)
    let path = "/proc/self/fd/\(raw)"
    var span = buffer.mutableSpan
    return unsafe span.withUnsafeMutableBufferPointer { bytes -> [UInt8]? in
      let length = unsafe sl_readlinkat(-100, path, bytes.baseAddress, UInt64(bytes.count))
      guard length > 0, length < bytes.count else { return nil }
      return unsafe bytes[0..<Int(length)].map { UInt8(bitPattern: $0) }
    }
  }
}
