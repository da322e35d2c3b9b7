internal import CInotifyTools
internal import CLinux
internal import Glibc
private import Synchronization

/// A watch on directories through libinotifytools: says that something changed, never what is true.
///
/// The library keeps one process-wide instance in static variables, is not thread-safe, and hands out no descriptor. So
/// there is one `DirectoryWatch` a process (a second one is refused), every call is made from the thread that owns it,
/// no regular-expression filter is used (those swallow the overflow event), one event is asked for at a time (more
/// would spin), and the descriptor is found in /proc/self/fd to be made close-on-exec and pollable. Events are copied
/// at once: the library's buffer is overwritten by the next call.
package final class DirectoryWatch {
  /// What one look at the queue brought.
  package enum Event: Sendable, Equatable {
    /// A name in the watched directory was created, moved in, or closed after writing.
    /// - Parameter isArrival: another file has the name now.
    case changed(watch: Int32, name: [UInt8], isArrival: Bool)
    /// The kernel's queue overflowed, or the watch itself was lost: look at everything.
    case lost(watch: Int32?, reason: LossReason)
  }
  package enum LossReason: String, Sendable {
    case overflow
    case directoryGone = "directory gone"
    case unmounted
  }
  package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
    case alreadyInUse
    case system(Errno, doing: String)
    /// select(2) inside the library cannot take descriptors from 1024 on.
    case descriptorTooHigh(Int32)

    package var description: String {
      switch self {
      case .alreadyInUse: "this process has a directory watch already"
      case .system(let error, let doing):
        error.rawValue == 24
          ? "cannot \(doing): no inotify instance is left for this user (raise fs.inotify.max_user_instances),"
            + " or no descriptor for this process"
          : error == .noSpace
            ? "cannot \(doing): no inotify watch is left for this user; raise fs.inotify.max_user_watches"
            : "cannot \(doing): \(error)"
      case .descriptorTooHigh(let fd):
        "the directory watch got descriptor \(fd), but its library works below 1024 only; start it before other files"
      }
    }
  }

  private static let inUse = Atomic<Bool>(false)
  private let descriptor: Int32
  private let wake: WakeSignal

  package init() throws(Failure) {
    guard Self.inUse.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else {
      throw .alreadyInUse
    }
    do throws(Errno) { wake = try WakeSignal() } catch {
      throw Self.given(up: .system(error, doing: "make an eventfd"))
    }
    let before = Self.inotifyDescriptors()
    guard inotifytools_initialize() != 0 else {
      throw Self.given(up: .system(Errno(rawValue: inotifytools_error()), doing: "start inotify"))
    }
    guard let found = Self.inotifyDescriptors().subtracting(before).first else {
      inotifytools_cleanup()
      throw Self.given(up: .system(.badDescriptor, doing: "find the inotify descriptor in /proc/self/fd"))
    }
    guard found < 1024 else {
      inotifytools_cleanup()
      throw Self.given(up: .descriptorTooHigh(found))
    }
    descriptor = found
    _ = sl_set_flags(found, 1, 1)
  }

  private static func given(up failure: Failure) -> Failure {
    inUse.store(false, ordering: .relaxed)
    return failure
  }

  deinit {
    while unsafe inotifytools_next_events(0, 1) != nil {}
    inotifytools_cleanup()
    Self.inUse.store(false, ordering: .relaxed)
  }

  private static func inotifyDescriptors() -> Set<Int32> {
    guard let directory = try? Directory.open("/proc/self/fd"), let names = try? directory.names() else { return [] }
    var found: Set<Int32> = []
    for name in names {
      var buffer = [CChar](repeating: 0, count: 64)
      let length = unsafe sl_readlinkat(directory.raw, name, &buffer, 63)
      let target = buffer[0..<max(0, Int(length))].map { UInt8(bitPattern: $0) }
      if target == Array("anon_inode:inotify".utf8), let fd = Int32(name) { found.insert(fd) }
    }
    return found
  }

  /// What is told of a directory, besides its end.
  package enum Interest: Sendable {
    /// Names that appear or are written.
    case names
    /// Files that are closed after writing.
    case closings

    fileprivate var mask: Int32 {
      switch self {
      case .names: IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE
      case .closings: IN_CLOSE_WRITE
      }
    }
  }

  /// Watches a held directory; returns the watch's number.
  package func add(_ directory: borrowing Directory, for interest: Interest = .names) throws(Failure) -> Int32 {
    try add(directory, interest.mask | IN_DELETE_SELF | IN_MOVE_SELF)
  }

  /// Watches everything that happens to names in a held directory, reading included; for `observe`.
  package func addForObserving(_ directory: borrowing Directory) throws(Failure) -> Int32 {
    try add(directory, Int32(bitPattern: DirectoryActivity.all.rawValue))
  }

  private func add(_ directory: borrowing Directory, _ mask: Int32) throws(Failure) -> Int32 {
    // Through the descriptor: the watch is bound to exactly the directory that was checked. IN_ONLYDIR.
    let path = "/proc/self/fd/\(directory.raw)"
    guard unsafe inotifytools_watch_file(path, mask | Int32(bitPattern: 0x0100_0000)) != 0 else {
      throw .system(Errno(rawValue: inotifytools_error()), doing: "watch \(directory.path)")
    }
    return unsafe inotifytools_wd_from_filename(path)
  }

  /// Waits for events until the deadline or a call of `interrupt`, then hands over all that are there.
  /// - Parameter atOnce: called when something came, before the events are read, which takes a while.
  package func wait(milliseconds: Int32, atOnce: () -> Void = {}, _ body: (Event) -> Void) {
    drain(milliseconds, atOnce) { mask, number, name in
      if mask & UInt32(IN_Q_OVERFLOW) != 0 {
        body(.lost(watch: nil, reason: .overflow))
      } else if mask & UInt32(IN_UNMOUNT) != 0 {
        body(.lost(watch: number, reason: .unmounted))
      } else if mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED) != 0 {
        body(.lost(watch: number, reason: .directoryGone))
      } else {
        let isArrival = mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0
        body(.changed(watch: number, name: name, isArrival: isArrival))
      }
    }
  }

  /// As `wait`, with what happened; for directories that were added for observing.
  package func observe(milliseconds: Int32, _ body: (Int32, DirectoryActivity, [UInt8]) -> Void) {
    drain(milliseconds, {}) { mask, number, name in body(number, DirectoryActivity(rawValue: mask), name) }
  }

  private func drain(_ milliseconds: Int32, _ atOnce: () -> Void, _ body: (UInt32, Int32, [UInt8]) -> Void) {
    var ready: Int32 = 0
    var woken: Int32 = 0
    let wakeDescriptor = wake.descriptor.raw
    _ = unsafe sl_poll(descriptor, wakeDescriptor, Int16(SL_IN), milliseconds, &ready, &woken)
    if woken != 0 { wake.clear() }
    guard ready != 0 else { return }
    atOnce()
    while let event = unsafe inotifytools_next_events(0, 1) {
      let mask = unsafe event.pointee.mask
      let number = unsafe event.pointee.wd
      let count = Int(unsafe event.pointee.len)
      // The flexible member `name` follows the 16 bytes of struct inotify_event (inotify(7)), padded with NUL.
      let bytes = unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(event) + 16, count: count)
      body(mask, number, unsafe Array(bytes.prefix { $0 != 0 }))
    }
  }

  /// A way to end a `wait` from another thread.
  package func interrupter() throws(Errno) -> Interrupter { Interrupter(try wake.descriptor.duplicate()) }

  /// Ends the current or the next `wait` of its watch.
  package final class Interrupter: Sendable {
    private let descriptor: OwnedDescriptor
    fileprivate init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
    package func interrupt() {
      var one: UInt64 = 1
      _ = unsafe sl_write(descriptor.raw, &one, 8)
    }
  }
}
