internal import CLinux

/// FS_IMMUTABLE_FL (ioctl_iflags(2)): nobody, root included, writes, renames, links or removes such a file.
extension OwnedDescriptor {
  /// ENOTTY or EOPNOTSUPP where the filesystem has no such flag.
  package func isImmutable() throws(Errno) -> Bool {
    try systemCall { sl_is_immutable(raw) } == 1
  }

  /// EPERM without CAP_LINUX_IMMUTABLE.
  package func setImmutable(_ wanted: Bool) throws(Errno) {
    try systemCall { sl_set_immutable(raw, wanted ? 1 : 0) }
  }
}

extension Directory {
  /// The node of a socket that nobody listens on: whoever opens it gets ENXIO, root too. EEXIST where something is there.
  package func makeSocketNode(_ name: String, mode: UInt32) throws(Errno) {
    try systemCall { unsafe sl_make_socket_node(raw, name, mode) }
  }
}
