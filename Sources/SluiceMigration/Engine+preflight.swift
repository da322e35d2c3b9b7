internal import SluiceChannel
internal import SluiceRelay
internal import SluiceScan
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports

extension Engine {
  /// Looks at the host before anything is made; the result is a line for the history.
  func preflight(_ manifest: Manifest) throws(MigrationFailure) -> String {
    let facts = try preflightFacts(manifest)
    if let first = facts.foreign.first {
      throw MigrationFailure(
        .drift, "\(first); move it away and run this again, or give the channel another path in its channel file")
    }
    for finding in facts.findings where finding.weight != .problem {
      report(.note("      \(finding.weight.rawValue): \(finding.text)"))
    }
    let problems = facts.problems
    guard problems.isEmpty else { throw MigrationFailure(.gate, problems.joined(separator: "; ")) }
    let limits = facts.limits.count
    return limits == 0 ? "nothing in the way" : "nothing in the way, \(limits) limits"
  }

  private func preflightFacts(_ manifest: Manifest) throws(MigrationFailure) -> PreflightFacts {
    var facts = PreflightFacts(target: manifest.to)
    let seen = try observer.observe(manifest.objects)
    for object in manifest.objects {
      if case .foreign(let what) = MigrationStep.object(object).probe(seen, layout) { facts.foreign.append(what) }
    }
    let legacy = Self.split(layout.legacyInput).parent
    for (name, path) in [
      ("runtime", layout.runtimeDirectory), ("state", layout.stateDirectory), ("spool", layout.spoolDirectory),
      ("log", layout.logDirectory), ("legacy", legacy),
    ] {
      let found = FileRights.asRoot { Self.nearest(path) }
      facts.places.append(PreflightFacts.Place(name, found.path, found.space))
    }
    if let server = seen.server, let pid = Int32(exactly: server.pid) {
      facts.views.append(FileRights.asRoot { view("server", pid, layout.runtimeDirectory) })
    }
    if let pid = relayProcess() {
      facts.views.append(FileRights.asRoot { view("relay", pid, legacy) })
      facts.views.append(FileRights.asRoot { view("relay", pid, layout.runtimeDirectory) })
    }
    // What it may and may not do is seen from here: whether it is the relay's own view is asked above.
    facts.drops = FileRights.asRoot { Relay.places(layout, identity).flatMap(\.findings) }.filter {
      $0.weight == .problem
    }
    facts.offersPeerProcesses = Confinement.offersPeerProcesses
    facts.needsPrograms = channel.policy.rules.contains { !$0.executables.isEmpty }
    let kernel = KernelProtection.read().values
    facts.inotifyInstances = kernel["inotify/max_user_instances"]
    facts.inotifyWatches = kernel["inotify/max_user_watches"]
    facts.protectsFIFOs = kernel["protected_fifos"]
    facts.ingress = channel.legacy.ingress
    facts.consume = channel.legacy.consume
    facts.messageLimit = channel.limits.message.bytes
    if manifest.to == .fifo { facts.canSplice = trySplice() }
    if manifest.from == .fileDrop { facts.callers = callers().map(\.summary) }
    return facts
  }

  /// The directory, or the nearest one above it, and what is left on its file system.
  private static func nearest(_ path: String) -> (path: String, space: FreeSpace?) {
    var path = path
    while true {
      do throws(Errno) { return (path, try Directory.openForLookup(path).freeSpace()) } catch {
        guard error == .noSuchFile, path != "/" else { return (path, nil) }
      }
      path = split(path).parent
    }
  }

  private func relayProcess() -> Int32? {
    guard let state = try? Directory.open(layout.stateDirectory),
      let bytes = (try? state.contents(of: "relay.lock", limit: 256)) ?? nil
    else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return words.count == 2 && words[0] == "process" ? Int32(words[1]) : nil
  }

  /// Through the service's root directory, which needs the right to trace it (proc_pid_root(5)).
  private func view(_ service: String, _ pid: Int32, _ path: String) -> PreflightFacts.View {
    var isOurs: Bool?
    if let root = try? Directory.open("/proc/\(pid)/root"), let own = try? Directory.openForLookup(path),
      let ours = try? own.descriptor.status()
    {
      do throws(Errno) {
        isOurs = try root.statusBehind(String(path.drop { $0 == "/" })).identity == ours.identity
      } catch { isOurs = error == .noSuchFile ? false : nil }
    }
    return PreflightFacts.View(service, pid, path, isOurs: isOurs)
  }

  /// Moves a byte as the FIFO's receiver does; nil where the spool may not be written to by us.
  private func trySplice() -> Bool? {
    let names = (0..<2).map { _ in ".preflight.\(Random.token(bytes: 8))" }
    guard let spool = try? Directory.open(layout.spoolDirectory) else { return nil }
    defer { for name in names { try? spool.unlinkIfPresent(name) } }
    guard (try? spool.makeFIFO(names[0], mode: 0o600)) != nil,
      let pipe = try? spool.open(names[0], .bothEndsOfFIFO),
      let file = try? spool.open(names[1], .createNew(mode: 0o600)),
      (try? pipe.writeAll([0x0A])) != nil
    else { return nil }
    do throws(Errno) { return try pipe.splice(into: file, at: 0, count: 1) == 1 } catch { return false }
  }

  /// Programs that run now and whose words, or whose script, name the legacy path.
  func callers() -> [Holder] { FileRights.asRoot { runningCallers() } }

  private func runningCallers() -> [Holder] {
    let table = ProcessTable(files: [:], sockets: [])
    let name = Self.split(layout.legacyInput).name
    return table.processes.filter { process in
      guard process.program.split(separator: "/").last != "sluice" else { return false }
      if process.command.contains(layout.legacyInput) { return true }
      return process.command.split(separator: " ").prefix(4).contains { word in
        guard word.hasPrefix("/") else { return false }
        return Self.script(String(word), names: name)
      }
    }
  }

  private static func script(_ path: String, names name: String) -> Bool {
    let (parent, last) = split(path)
    guard let directory = try? Directory.open(parent), let status = (try? directory.status(of: last)) ?? nil,
      status.kind == .regular, status.size < 1 << 18,
      let bytes = (try? directory.contents(of: last, limit: 1 << 18)) ?? nil, !bytes.contains(0)
    else { return false }
    return String(decoding: bytes, as: UTF8.self).contains(name)
  }
}
