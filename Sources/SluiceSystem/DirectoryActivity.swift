internal import CInotifyTools

/// What happened to a name in an observed directory, in the kernel's words (inotify(7)).
package struct DirectoryActivity: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let read = Self(rawValue: UInt32(IN_ACCESS))
  package static let modified = Self(rawValue: UInt32(IN_MODIFY))
  package static let attributesChanged = Self(rawValue: UInt32(IN_ATTRIB))
  package static let closedAfterWriting = Self(rawValue: UInt32(IN_CLOSE_WRITE))
  package static let closedAfterReading = Self(rawValue: UInt32(IN_CLOSE_NOWRITE))
  package static let opened = Self(rawValue: UInt32(IN_OPEN))
  package static let movedOut = Self(rawValue: UInt32(IN_MOVED_FROM))
  package static let movedIn = Self(rawValue: UInt32(IN_MOVED_TO))
  package static let created = Self(rawValue: UInt32(IN_CREATE))
  package static let removed = Self(rawValue: UInt32(IN_DELETE))
  /// Events were lost: counts are too low.
  package static let overflow = Self(rawValue: UInt32(IN_Q_OVERFLOW))

  /// Everything that tells how a directory is used.
  static let all: Self = [
    .read, .modified, .attributesChanged, .closedAfterWriting, .closedAfterReading, .opened, .movedOut, .movedIn,
    .created, .removed,
  ]
}
