internal import SluiceSystem

/// What an operator should know of the place before the first drop; pure.
extension DropPlace {
  package struct Finding: Equatable, Sendable {
    package enum Weight: String, Sendable {
      /// Drops will not arrive.
      case problem
      /// Some will not, or with less than the full proof.
      case limit
      /// How things are here.
      case fact
    }
    package let weight: Weight
    package let text: String

    package init(weight: Weight, text: String) {
      self.weight = weight
      self.text = text
    }
  }

  package var findings: [Finding] {
    var found = namespace() + mounted()
    guard let directory else {
      return found + [Finding(weight: .problem, text: "\(path) does not exist, or may not be looked at")]
    }
    found += rights(directory)
    for slot in slots { found += waiting(slot, directory) }
    return found + kernel(directory)
  }

  private func namespace() -> [Finding] {
    if let mount, mount.root.contains("systemd-private-") {
      return [
        Finding(
          weight: .problem,
          text: "\(path) is private to this service (PrivateTmp=, really \(mount.root)): no other program's drops are"
            + " here; set PrivateTmp=no in its unit")
      ]
    }
    guard isHosts == false else { return [] }
    return [
      Finding(
        weight: .problem,
        text: "\(path) is not the host's \(path) (another mount namespace: PrivateTmp=, or a container): drops made"
          + " outside are not seen; run the relay where the writers are")
    ]
  }

  private func mounted() -> [Finding] {
    slots.filter(\.isMounted).map {
      Finding(weight: .problem, text: "something is mounted on \($0.path): it cannot be claimed; unmount it")
    }
      + (["nfs", "nfs4", "cifs", "9p", "fuse.sshfs"].contains(mount?.filesystem ?? "")
        ? [
          Finding(
            weight: .limit,
            text: "\(path) is on \(mount?.filesystem ?? ""): drops that other machines write give no event and wait for"
              + " the look once a second")
        ] : [])
      + (mount?.filesystem == "overlay"
        ? [
          Finding(
            weight: .limit,
            text: "\(path) is on overlayfs, whose leases do not see shared mappings: a writer that uses mmap(2) and has"
              + " closed the file can still change it")
        ] : [])
  }

  private func isSticky(_ directory: FileStatus) -> Bool { directory.mode & 0o1000 != 0 && directory.uid != user }

  /// What is missing, by name and what it is for.
  private func rights(_ directory: FileStatus) -> [Finding] {
    var found: [Finding] = []
    func miss(_ right: Capabilities, _ name: String, _ effect: String) {
      if !capabilities.contains(right) { found.append(Finding(weight: .limit, text: "without \(name) \(effect)")) }
    }
    if isSticky(directory) {
      miss(
        .actAsFileOwner, "CAP_FOWNER",
        "only drops of uid \(user) can be taken from \(path), which is sticky: others' stay where they are")
    }
    if user != 0 || capabilities.isEmpty {
      miss(.readEverything, "CAP_DAC_READ_SEARCH", "drops that only their owners may read (mode 0600) are refused")
    }
    miss(
      .lease, "CAP_LEASE",
      "it cannot be proven that nobody still writes another user's drop: it is taken after 200 ms of quiet, and marked"
        + " quiet")
    let isOthers = directory.uid != user && directory.mode & 0o022 == 0
    if isOthers, !capabilities.contains(.overridePermissions) {
      let mode = String(directory.mode, radix: 8)
      found.append(
        Finding(
          weight: .problem,
          text: "uid \(user) may not write to \(path) (of uid \(directory.uid), mode 0\(mode)): run the relay as its"
            + " owner (\"user\" in the channel file)"))
    }
    if directory.mode & 0o022 != 0, directory.mode & 0o1000 == 0 {
      found.append(
        Finding(
          weight: .limit,
          text: "\(path) is writable by others and not sticky: they can remove and replace each other's drops, and the"
            + " claim directory; run: chmod +t \(path)"))
    }
    return found
  }

  private func waiting(_ slot: Slot, _ directory: FileStatus) -> [Finding] {
    guard let status = slot.status else { return [] }
    guard status.kind == .regular else {
      return [Finding(weight: .limit, text: "a \(status.kind.rawValue) stands at \(slot.path); it will be put aside")]
    }
    guard status.uid != user else { return [] }
    if isSticky(directory), !capabilities.contains(.actAsFileOwner) {
      return [
        Finding(
          weight: .limit,
          text: "\(slot.path) belongs to uid \(status.uid) and cannot be taken without CAP_FOWNER: nothing else arrives"
            + " at that path until its owner removes it")
      ]
    }
    if status.mode & 0o004 == 0, !capabilities.contains(.readEverything) {
      return [
        Finding(
          weight: .limit,
          text: "\(slot.path) of uid \(status.uid) (mode 0\(String(status.mode, radix: 8))) may not be read without"
            + " CAP_DAC_READ_SEARCH: it will be refused")
      ]
    }
    return []
  }

  /// What the kernel's settings mean at this place.
  private func kernel(_ directory: FileStatus) -> [Finding] {
    var found: [Finding] = []
    let values = protection.values
    if values["leases-enable"] == 0 {
      found.append(
        Finding(
          weight: .limit,
          text: "fs.leases-enable is 0: every drop is taken after 200 ms of quiet, and marked quiet; set it to 1"))
    }
    if let instances = values["inotify/max_user_instances"], let watches = values["inotify/max_user_watches"],
      let events = values["inotify/max_queued_events"]
    {
      found.append(
        Finding(
          weight: .fact,
          text: "inotify: \(instances) instances and \(watches) watches a user, of which the relay needs 1 and 4;"
            + " \(events) events may wait, and when more come the slots are looked at anew"))
    }
    guard directory.mode & 0o1002 == 0o1002 else { return found }
    switch values["protected_regular"] {
    case 0?:
      found.append(
        Finding(
          weight: .fact,
          text: "fs.protected_regular is 0: any user can write into a waiting drop of another's that is mode 0666; such"
            + " drops are marked shared"))
    case .some:
      found.append(
        Finding(
          weight: .fact,
          text: "fs.protected_regular is on: while one user's drop waits, another user's write to the path fails"
            + " (EACCES), root's too; each drop is taken within a moment"))
    case nil: break
    }
    if values["protected_hardlinks"] == 0 {
      found.append(
        Finding(
          weight: .fact,
          text:
            "fs.protected_hardlinks is 0: any user can put a link to another's file at the path; files with a second"
            + " name are never read"))
    }
    if values["protected_symlinks"] == 0 {
      found.append(
        Finding(
          weight: .fact,
          text: "fs.protected_symlinks is 0: a link at the path leads its writers to any file; the relay follows none"))
    }
    return found
  }
}
