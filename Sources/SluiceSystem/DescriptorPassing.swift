internal import CLinux

/// A descriptor on its way from one owner to another; whoever takes it owns it, and if nobody does it is closed.
package final class HandedDescriptor {
  private var descriptor: OwnedDescriptor?

  package init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = consume descriptor }

  /// The descriptor, once.
  package func take() -> OwnedDescriptor? { descriptor.take() }

  /// The number, for a look at it before it is taken; nil afterwards.
  package var raw: Int32? {
    switch descriptor {
    case .some(let held): held.raw
    case .none: nil
    }
  }
}

/// Descriptors in messages between processes, SCM_RIGHTS of unix(7): the receiver gets the same open file description,
/// with its locks, its queue of connections and its peer's credentials.
extension OwnedDescriptor {
  /// Most descriptors that the kernel takes in one message.
  package static let mostPassed = 253

  /// Sends one message; false where there is no room for it now.
  /// - Parameter descriptors: numbers of descriptors, which stay open here.
  package func send(_ bytes: [UInt8], passing descriptors: [Int32]) throws(Errno) -> Bool {
    try systemCallUnlessBlocked {
      unsafe bytes.withUnsafeBytes { buffer in
        unsafe descriptors.withUnsafeBufferPointer { passed in
          unsafe sl_send_passing(
            raw, buffer.baseAddress, UInt64(buffer.count), passed.baseAddress, UInt32(passed.count))
        }
      }
    } != nil
  }

  /// One message of at most `capacity` bytes; nil where none waits, no bytes at the end of the stream.
  package func receive(capacity: Int) throws(Errno) -> (bytes: [UInt8], descriptors: [HandedDescriptor])? {
    var bytes = [UInt8](repeating: 0, count: capacity)
    var passed = [Int32](repeating: -1, count: Self.mostPassed)
    var count: UInt32 = 0
    let length = try systemCallUnlessBlocked {
      unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe passed.withUnsafeMutableBufferPointer { numbers in
          unsafe sl_receive_passed(raw, buffer.baseAddress, UInt64(buffer.count), numbers.baseAddress, &count)
        }
      }
    }
    guard let length else { return nil }
    let descriptors = passed[..<Int(count)].map { HandedDescriptor(OwnedDescriptor(adopting: $0)) }
    return (Array(bytes[..<Int(length)]), descriptors)
  }
}

/// One end of a pair that keeps the bounds of messages, with deadlines.
package final class PacketLine {
  package static let capacity = 1 << 16

  package struct Packet {
    package let bytes: [UInt8]
    package let descriptors: [HandedDescriptor]
  }

  package let descriptor: OwnedDescriptor

  package init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = consume descriptor }

  package static func pair() throws(Errno) -> (PacketLine, PacketLine) {
    var ends: (Int32, Int32) = (-1, -1)
    try systemCall {
      unsafe withUnsafeMutableBytes(of: &ends) {
        unsafe sl_packet_pair($0.baseAddress?.assumingMemoryBound(to: Int32.self))
      }
    }
    return (PacketLine(OwnedDescriptor(adopting: ends.0)), PacketLine(OwnedDescriptor(adopting: ends.1)))
  }

  /// Sends one message of at most `capacity` bytes, waiting for room until the deadline.
  package func send(_ bytes: [UInt8], passing descriptors: [Int32] = [], before deadline: Int64) throws(Errno) {
    while try !descriptor.send(bytes, passing: descriptors) {
      guard try Wait.ready(descriptor, writing: true, before: deadline) else { throw Errno.timedOut }
    }
  }

  /// The next message; nil when the other end is gone.
  package func receive(before deadline: Int64) throws(Errno) -> Packet? {
    while true {
      do throws(Errno) {
        if let (bytes, descriptors) = try descriptor.receive(capacity: Self.capacity) {
          return bytes.isEmpty ? nil : Packet(bytes: bytes, descriptors: descriptors)
        }
      } catch {
        // It went with messages of ours unread.
        if error == .connectionReset { return nil }
        throw error
      }
      guard try Wait.ready(descriptor, before: deadline) else { throw Errno.timedOut }
    }
  }

  /// Whether the other end is gone; takes nothing.
  package var hasEnded: Bool {
    var first: Int32 = 0
    var second: Int32 = 0
    guard unsafe sl_poll(descriptor.raw, -1, Int16(SL_IN), 0, &first, &second) > 0 else { return false }
    return first & Int32(SL_HUP | SL_ERR) != 0
  }
}
