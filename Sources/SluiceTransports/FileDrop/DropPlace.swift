package import SluiceSystem

/// A directory of legacy drops as a relay finds it, before it has done anything there.
package struct DropPlace: Equatable, Sendable {
  /// What stands at one of its slots.
  package struct Slot: Equatable, Sendable {
    package let path: String
    package let status: FileStatus?
    package let isMounted: Bool

    package init(path: String, status: FileStatus?, isMounted: Bool) {
      self.path = path
      self.status = status
      self.isMounted = isMounted
    }
  }

  package let path: String
  /// Nil where it could not be looked at.
  package var directory: FileStatus?
  package var slots: [Slot] = []
  package var mount: MountEntry?
  /// Whether process 1, or else whoever started us, sees the same directory at this path; nil where neither may be asked.
  package var isHosts: Bool?
  package var protection = KernelProtection(values: [:])
  /// Who the relay is there.
  package var user: UInt32
  package var capabilities: Capabilities

  package init(path: String, user: UInt32, capabilities: Capabilities) {
    self.path = path
    self.user = user
    self.capabilities = capabilities
  }

  /// Looks, and changes nothing.
  /// - Parameters:
  ///   - user: who the relay will be.
  ///   - capabilities: what it will have.
  package static func look(
    _ path: String, slots names: [String], user: UInt32, capabilities: Capabilities
  ) -> DropPlace {
    var place = DropPlace(path: path, user: user, capabilities: capabilities)
    let mounts = MountEntry.ofThisProcess()
    place.mount = MountEntry.holding(path, in: mounts)
    place.protection = .read()
    if let directory = try? Directory.open(path) {
      place.directory = try? directory.descriptor.status()
      for name in names {
        let full = "\(path)/\(name)"
        place.slots.append(
          Slot(
            path: full, status: (try? directory.status(of: name)) ?? nil,
            isMounted: mounts.contains { $0.mountPoint == full }))
      }
    }
    if let own = place.directory {
      place.isHosts = sees(own.identity, process: 1, path) ?? sees(own.identity, process: Process.parent, path)
    }
    return place
  }

  /// Through the other process' root directory, which needs the right to trace it (proc_pid_root(5)).
  private static func sees(_ identity: FileStatus.Identity, process: Int32, _ path: String) -> Bool? {
    guard let root = try? Directory.open("/proc/\(process)/root") else { return nil }
    do throws(Errno) { return try root.statusBehind(String(path.drop { $0 == "/" })).identity == identity } catch {
      return error == .noSuchFile ? false : nil
    }
  }
}
