internal import SluiceSystem

/// Looks at everything once, and changes nothing: legacy files are never opened, nothing is connected to.
package struct Scan {
  private let plan: ScanPlan
  private var report = ScanReport()

  private init(_ plan: ScanPlan) { self.plan = plan }

  package static func run(_ plan: ScanPlan) -> ScanReport {
    var scan = Scan(plan)
    scan.look()
    return scan.report
  }

  private mutating func look() {
    let tcp = table("tcp").map(TCPListener.parse) ?? []
    let tcp6 = table("tcp6").map(TCPListener.parse) ?? []
    let (unix, isExact) = unixSockets()
    let facts = plan.legacyPaths.map { PathFacts.look($0, trusting: plan.user) }
    var files: [String: FileStatus.Identity] = [:]
    for fact in facts { if let status = fact.status { files[fact.path] = status.identity } }
    let listeners = tcp + tcp6
    let processes = ProcessTable(files: files, sockets: Set(listeners.map(\.inode) + unix.map(\.inode)))
    report.processes = processes.processes.count
    report.tcp = listeners.map { TCPEndpoint(listener: $0, holders: processes.sockets[$0.inode] ?? []) }
    // A name with a line end can make a line of that table; a socket that somebody holds it cannot make.
    lookAtSockets(
      isExact ? unix : unix.filter { processes.hidden > 0 || processes.sockets[$0.inode] != nil }, processes)
    lookAtLegacy(facts, processes)
    lookAtChannel()
    lookAtScripts(processes)
    report.findings += report.tcp.map(\.finding) + report.unix.flatMap(\.findings)
    report.findings.sort(by: Finding.ranks)
    sayLimits(processes)
  }

  private mutating func lookAtLegacy(_ facts: [PathFacts], _ processes: ProcessTable) {
    let protection = KernelProtection.read()
    var said: Set<String> = []
    for fact in facts {
      let holders = processes.files.filter { $0.identity == fact.status?.identity }.map(\.holder)
      let path = LegacyPath(facts: fact, holders: holders, user: plan.user)
      report.legacy.append(path)
      // The kernel's settings are the same for all paths.
      for finding in path.findings(protection: protection)
      where !finding.object.hasPrefix("fs.") || said.insert(finding.object).inserted { report.findings.append(finding) }
    }
  }

  private mutating func lookAtSockets(_ unix: [UnixListener], _ processes: ProcessTable) {
    var namesakes: [String: Int] = [:]
    // What was bound through a held directory has that name in the table whatever the directory is.
    for listener in unix where !listener.text.hasPrefix("/proc/self/") { namesakes[listener.text, default: 0] += 1 }
    for listener in unix {
      let holders = processes.sockets[listener.inode] ?? []
      var facts: PathFacts?
      // Through other mounts than ours the same path is another place.
      if case .path(let path) = listener.name, holders.first?.hasOwnMounts != true {
        facts = Self.place(of: path, holder: holders.first).map { PathFacts.look($0) }
      }
      report.unix.append(
        UnixEndpoint(
          listener: listener, holders: holders, facts: facts, namesakes: namesakes[listener.text] ?? 1))
    }
  }

  /// Where a socket's path leads; nil where only its process knows.
  private static func place(of path: String, holder: Holder?) -> String? {
    // /var/run is /run by a link of root's on every system that has one.
    if path.hasPrefix("/var/run/") { return String(path.dropFirst(4)) }
    let held = "/proc/self/fd/"
    guard path.hasPrefix(held) else { return path.hasPrefix("/proc/self/") ? nil : path }
    // Bound through a held directory, which may be closed by now, and its number another file's.
    let parts = path.dropFirst(held.count).split(separator: "/")
    guard parts.count == 2, let number = UInt32(parts[0]), let holder,
      let target = (try? Directory.open("/proc/\(holder.pid)/fd"))?.linkTarget(of: "\(number)"),
      case .path(let directory, isRemoved: false) = SocketLink(target)
    else { return nil }
    let place = "\(directory)/\(parts[1])"
    return PathFacts.look(place).status?.kind == .socket ? place : nil
  }

  private mutating func lookAtChannel() {
    for path in plan.directories {
      guard let verdict = PathFacts.verdict(path, trusting: plan.user, leafGroup: plan.group) else { continue }
      if case .system = verdict.reason { continue }
      report.findings.append(
        Finding(.channelDirectoryUnsafe, path, seen: verdict.description, fix: LegacyPath.fix(verdict)))
    }
    for path in plan.objects {
      guard let status = PathFacts.look(path, trusting: plan.user).status, status.kind != .symbolicLink else {
        continue
      }
      guard status.mode & 0o002 != 0 else { continue }
      report.findings.append(
        Finding(
          .channelObjectWritable, path, seen: "mode \(Octal.mode(status.mode)), uid \(status.uid)",
          fix: "chmod o-w \(ShellWord.quoted(path))"))
    }
  }

  private mutating func lookAtScripts(_ processes: ProcessTable) {
    let names = plan.spellings
    guard !names.isEmpty else {
      if !plan.scriptDirectories.isEmpty {
        report.limits.append("no path to look for in scripts: name one with --path")
      }
      return
    }
    var walk = ScriptWalk(naming: names)
    for directory in plan.scriptDirectories {
      if let problem = walk.walk(directory) {
        report.limits.append("scripts of \(directory) were not read: \(problem)")
      }
    }
    for place in ScheduleBook.places { _ = walk.walk(plan.root + place) }
    if let etc = try? Directory.open("\(plan.root)/etc"), let status = (try? etc.status(of: "crontab")) ?? nil,
      status.kind == .regular
    {
      walk.look(etc, "crontab", status)
    }
    let book = ScheduleBook(root: plan.root)
    report.filesRead = walk.read
    report.scripts = walk.scripts
    for index in report.scripts.indices {
      let path = bare(report.scripts[index].path)
      report.scripts[index].schedules =
        book.schedules(of: path) + book.schedules(in: path, report.scripts[index].mentions.map(\.text))
      let holders = processes.processes.filter { $0.hasOwnMounts == true && ScheduleBook.names($0.command, path) }
      report.findings += report.scripts[index].findings(privateUnits: book.privateUnits(of: path), holders: holders)
    }
    for (what, count) in walk.leftOut.sorted(by: { $0.key < $1.key }) {
      report.limits.append("scripts: \(count) × \(what) left out")
    }
  }

  /// The path without the root before it: what runs there calls it so.
  private func bare(_ path: String) -> String {
    !plan.root.isEmpty && path.hasPrefix(plan.root + "/") ? String(path.dropFirst(plan.root.count)) : path
  }

  private mutating func sayLimits(_ processes: ProcessTable) {
    if processes.hidden > 0 {
      report.limits.append(
        "\(processes.hidden) of \(report.processes) processes do not show their open files to uid \(Process.effectiveUser): run as root to see who holds what"
      )
    }
    report.limits.append("sockets of other network namespaces (containers) are not seen; run the scan inside them")
    report.limits.append("the kernel does not tell which node a Unix socket was bound to, only its path")
  }

  /// From the kernel's list, or, where it gives none, from /proc/net/unix; whether names can be relied on.
  private mutating func unixSockets() -> ([UnixListener], isExact: Bool) {
    do throws(Errno) { return (UnixListener.parse(diagnosis: try SocketDiagnosis.unixSockets()), true) } catch {
      report.limits.append(
        "this kernel does not list Unix sockets by sock_diag (\(error)): their names are from /proc/net/unix, where a"
          + " name that holds a line end can look like another socket; modprobe unix_diag")
      return (table("unix").map(UnixListener.parse) ?? [], false)
    }
  }

  /// A table of /proc/net; one that cannot be had, or is enormous, is said.
  private mutating func table(_ name: String) -> String? {
    let limit = 1 << 25
    do throws(Errno) {
      let directory = try Directory.open("/proc/self/net")
      guard let bytes = try directory.contents(of: name, limit: limit) else {
        // An absent table is a kernel without that protocol.
        if (try directory.status(of: name)) != nil {
          report.limits.append("/proc/net/\(name) is over 32 MiB: not read")
        }
        return nil
      }
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      report.limits.append("/proc/net/\(name): \(error)")
      return nil
    }
  }
}
