internal import CLinux

/// Why nothing is known of a process or its program.
package struct UnknownProcess: Error, Sendable, Equatable {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}

/// The process at the other end of a connection, held so that its number cannot come to mean another one.
///
/// The kernel's pidfd of the peer (SO_PEERPIDFD) tells its number; /proc/NUMBER is opened; the pidfd tells the same
/// number afterwards, and that the process still runs, so that the directory is that process'. A directory of /proc
/// stays with its process: once that is gone every look-up in it fails, whoever gets the number next.
package final class PeerProcess: Sendable {
  /// One program in one process: changes with every exec(2), with the file, and with the process.
  package struct Image: Sendable, Equatable {
    package let file: FileStatus
    package let stat: ProcessStat
  }

  package let pid: Int32
  /// What ran when it was pinned.
  package let image: Image
  let directory: Directory
  let sight: any ProcessSight

  /// Pins the peer of a connection, whose credentials name `pid`.
  /// - Parameter sight: who looks at it, where we may not ourselves.
  package init(
    of socket: borrowing OwnedDescriptor, pid: Int32, sight: any ProcessSight = OwnSight()
  ) throws(UnknownProcess) {
    let pidfd: OwnedDescriptor
    do throws(Errno) { pidfd = try socket.peerPidfd() } catch {
      throw UnknownProcess(
        error == .noProtocolOption
          ? "this kernel does not name the peer's process (SO_PEERPIDFD came with Linux 6.5)"
          : "the connecting process is gone")
    }
    try Self.check(pidfd, is: pid)
    do throws(Errno) {
      directory = try Directory.open("/proc/\(pid)")
      guard try directory.descriptor.filesystemType() == Self.procfs else {
        throw Errno.notSupported
      }
    } catch { throw UnknownProcess("/proc/\(pid) cannot be opened: \(error) (mounted with hidepid?)") }
    image = try Self.image(directory, sight)
    try Self.check(pidfd, is: pid)
    self.pid = pid
    self.sight = sight
  }

  private static let procfs: Int64 = 0x9fa0

  private static func check(_ pidfd: borrowing OwnedDescriptor, is pid: Int32) throws(UnknownProcess) {
    let found: Int32?
    let hasEnded: Bool
    do throws(Errno) {
      let text = try Directory.open("/proc/self/fdinfo").contents(of: "\(pidfd.raw)", limit: 4096)
      found = text.flatMap { ProcessStat.pid(inDescriptorText: $0) }
      // Readable from the end of the process on, and before its number can go to another (pidfd_open(2)).
      var ended: Int32 = 0
      var unused: Int32 = 0
      let descriptor = pidfd.raw
      hasEnded = try systemCall { unsafe sl_poll(descriptor, -1, Int16(SL_IN), 0, &ended, &unused) } > 0
    } catch { throw UnknownProcess("the connecting process cannot be looked up: \(error)") }
    guard !hasEnded, found != -1 else { throw UnknownProcess("the connecting process is gone") }
    guard pid > 0, found == pid else {
      throw UnknownProcess("the connecting process is in another process namespace than this /proc")
    }
  }

  /// What runs in it now; cheap, and never waits for a file server.
  package func currentImage() throws(UnknownProcess) -> Image { try Self.image(directory, sight) }

  private static func image(
    _ directory: borrowing Directory, _ sight: any ProcessSight
  ) throws(UnknownProcess) -> Image {
    do throws(Errno) {
      let found = try sight.look(at: directory)
      guard let stat = ProcessStat(found.stat) else { throw Errno.protocolFault }
      return Image(file: found.file, stat: stat)
    } catch { throw Self.unknown(error) }
  }

  /// Throws where the process has ended, whatever it runs: everybody may see that.
  package func requireAlive() throws(UnknownProcess) {
    do throws(Errno) {
      guard let text = try directory.contents(of: "stat", limit: 4096), let stat = ProcessStat(text) else {
        throw Errno.protocolFault
      }
      guard stat.startTime == image.stat.startTime else { throw Errno.noSuchProcess }
    } catch { throw Self.unknown(error) }
  }

  static func unknown(_ error: Errno) -> UnknownProcess {
    switch error {
    case .permissionDenied, .notPermitted:
      UnknownProcess("not permitted to look at the connecting process: only root may for other users' processes")
    case .noSuchFile, .noSuchProcess: UnknownProcess("the connecting process is gone")
    case .timedOut: UnknownProcess("the program could not be looked up in time; send it again")
    case .brokenPipe:
      UnknownProcess("the process that looks at programs is gone or hangs: the server has to be started again")
    default: UnknownProcess("the connecting process cannot be looked up: \(error)")
    }
  }
}

extension OwnedDescriptor {
  /// f_type of fstatfs(2).
  func filesystemType() throws(Errno) -> Int64 { try systemCall { sl_filesystem_type(raw) } }
}
