internal import CLinux

/// An error number of Linux (errno(3)); names follow the field's C names in words.
package struct Errno: Error, Equatable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let notPermitted = Errno(rawValue: 1)  // EPERM
  package static let noSuchFile = Errno(rawValue: 2)  // ENOENT
  package static let interrupted = Errno(rawValue: 4)  // EINTR
  package static let noSuchProcess = Errno(rawValue: 3)  // ESRCH
  package static let io = Errno(rawValue: 5)  // EIO
  package static let noSuchDeviceOrAddress = Errno(rawValue: 6)  // ENXIO: a FIFO without a reader
  package static let badDescriptor = Errno(rawValue: 9)  // EBADF
  package static let wouldBlock = Errno(rawValue: 11)  // EAGAIN
  package static let noMemory = Errno(rawValue: 12)  // ENOMEM
  package static let permissionDenied = Errno(rawValue: 13)  // EACCES
  package static let busy = Errno(rawValue: 16)  // EBUSY
  package static let exists = Errno(rawValue: 17)  // EEXIST
  package static let crossDevice = Errno(rawValue: 18)  // EXDEV
  package static let notDirectory = Errno(rawValue: 20)  // ENOTDIR
  package static let isDirectory = Errno(rawValue: 21)  // EISDIR
  package static let invalid = Errno(rawValue: 22)  // EINVAL
  package static let tooManyOpenFilesInSystem = Errno(rawValue: 23)  // ENFILE
  package static let tooManyOpenFiles = Errno(rawValue: 24)  // EMFILE
  package static let noSpace = Errno(rawValue: 28)  // ENOSPC
  package static let readOnly = Errno(rawValue: 30)  // EROFS
  package static let tooManyHardLinks = Errno(rawValue: 31)  // EMLINK
  package static let brokenPipe = Errno(rawValue: 32)  // EPIPE
  package static let nameTooLong = Errno(rawValue: 36)  // ENAMETOOLONG
  package static let tooManyLinks = Errno(rawValue: 40)  // ELOOP: a symbolic link where none may be
  package static let protocolFault = Errno(rawValue: 71)  // EPROTO
  package static let noProtocolOption = Errno(rawValue: 92)  // ENOPROTOOPT: an option that the kernel lacks
  package static let notSupported = Errno(rawValue: 95)  // EOPNOTSUPP
  package static let addressInUse = Errno(rawValue: 98)  // EADDRINUSE
  package static let noBufferSpace = Errno(rawValue: 105)  // ENOBUFS
  package static let connectionReset = Errno(rawValue: 104)  // ECONNRESET
  package static let notConnected = Errno(rawValue: 107)  // ENOTCONN
  package static let timedOut = Errno(rawValue: 110)  // ETIMEDOUT
  package static let connectionRefused = Errno(rawValue: 111)  // ECONNREFUSED

  /// The kernel's sentence for it, as strerror(3) gives it in the C locale.
  package var description: String {
    guard let text = unsafe sl_error_text(rawValue) else { return "error \(rawValue)" }
    return unsafe String(cString: text)
  }

  /// The symbolic name, such as `EACCES`.
  package var name: String {
    guard let text = unsafe sl_error_name(rawValue) else { return "E\(rawValue)" }
    return unsafe String(cString: text)
  }
}
