internal import CLinux
internal import Glibc

extension Directory {
  /// Opens a file as a shell's `>` or `>>` does, with the mode that the umask leaves of 0666. Waits where a FIFO stands
  /// at the name and nobody reads it.
  package func redirect(to name: String, appending: Bool) throws(Errno) -> OwnedDescriptor {
    let flags = O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC)
    return OwnedDescriptor(
      adopting: try systemCall { unsafe sl_openat(descriptor.raw, name, flags, 0o666) })
  }
}
