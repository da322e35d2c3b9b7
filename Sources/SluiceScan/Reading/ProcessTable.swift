package import SluiceSystem

/// Who holds which sockets and files, from one walk over /proc. Processes come and go meanwhile: what is gone is left out.
package struct ProcessTable: Sendable {
  /// A file that is open, and by whom.
  package struct Open: Sendable, Equatable {
    package let holder: Holder
    package let identity: FileStatus.Identity
  }
  /// No more processes are looked at, and no more descriptors of one.
  static let processLimit = 65_536
  static let descriptorLimit = 1 << 20

  package private(set) var sockets: [UInt64: [Holder]] = [:]
  package private(set) var files: [Open] = []
  package private(set) var processes: [Holder] = []
  /// Processes whose descriptors may not be read.
  package private(set) var hidden = 0

  /// - Parameters:
  ///   - files: which files to look for; their last components decide where a descriptor is looked at closer.
  ///   - sockets: the inodes whose holders are asked for.
  package init(
    place: String = "/proc", files wanted: [String: FileStatus.Identity], sockets wantedSockets: Set<UInt64>
  ) {
    guard let proc = try? Directory.open(place) else { return }
    let names = Set(wanted.keys.compactMap { $0.split(separator: "/").last.map(String.init) })
    let identities = Set(wanted.values)
    let own = proc.mounts("self")
    let ownPid = Process.identifier
    for name in ((try? proc.names(capacity: 1 << 22)) ?? []).prefix(Self.processLimit) {
      guard let pid = Int32(name), pid != ownPid, let process = try? proc.directory(name) else { continue }
      guard let holder = Holder(pid, process, ownMounts: own) else { continue }
      processes.append(holder)
      read(process, holder, names, identities, wantedSockets)
    }
  }

  /// One process, as far as it is still there.
  package static func holder(_ pid: Int32) -> Holder? {
    guard let proc = try? Directory.open("/proc"), let process = try? proc.directory("\(pid)") else { return nil }
    return Holder(pid, process, ownMounts: proc.mounts("self"))
  }

  private mutating func read(
    _ process: borrowing Directory, _ holder: Holder, _ names: Set<String>, _ identities: Set<FileStatus.Identity>,
    _ wantedSockets: Set<UInt64>
  ) {
    do throws(Errno) {
      let descriptors = try process.directory("fd")
      let entries = try descriptors.names(capacity: Self.descriptorLimit)
      read(descriptors, entries, holder, names, identities, wantedSockets)
    } catch { if error == .permissionDenied || error == .noBufferSpace { hidden += 1 } }
  }

  private mutating func read(
    _ descriptors: borrowing Directory, _ entries: [String], _ holder: Holder, _ names: Set<String>,
    _ identities: Set<FileStatus.Identity>, _ wantedSockets: Set<UInt64>
  ) {
    var seen: Set<FileStatus.Identity> = []
    for entry in entries {
      guard let target = descriptors.linkTarget(of: entry) else { continue }
      switch SocketLink(target) {
      case .socket(let inode):
        guard wantedSockets.contains(inode), sockets[inode]?.last?.pid != holder.pid else { continue }
        sockets[inode, default: []].append(holder)
      case .path(let path, _):
        // Only where the name fits: a look at a file of a dead network mount would hang.
        guard let last = path.split(separator: "/").last, names.contains(String(last)),
          let status = try? descriptors.statusBehind(entry), identities.contains(status.identity),
          seen.insert(status.identity).inserted
        else { continue }
        files.append(Open(holder: holder, identity: status.identity))
      case .other: continue
      }
    }
  }
}

extension Directory {
  /// Which mount namespace a process is in, such as `mnt:[4026531841]`.
  fileprivate borrowing func mounts(_ process: String) -> [UInt8]? {
    let prefix = process.isEmpty ? "" : "\(process)/"
    return linkTarget(of: "\(prefix)ns/mnt")
  }
}

extension Holder {
  fileprivate init?(_ pid: Int32, _ process: borrowing Directory, ownMounts: [UInt8]?) {
    guard let status = try? process.descriptor.status() else { return nil }
    let words = (try? process.contents(of: "cmdline", limit: 1 << 16)) ?? nil
    let name = (try? process.contents(of: "comm", limit: 256)) ?? nil
    let short = String(decoding: (name ?? []).prefix { $0 != 0x0A }, as: UTF8.self)
    let command = String(decoding: (words ?? []).prefix(200).map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
    let program = process.linkTarget(of: "exe").map { String(decoding: $0, as: UTF8.self) }
    var hasOwn: Bool?
    if let mounts = process.mounts(""), let ownMounts { hasOwn = mounts != ownMounts }
    self.init(
      pid: pid, uid: status.uid, program: program ?? short,
      command: command.isEmpty ? short : String(command.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()),
      hasOwnMounts: hasOwn)
  }
}
