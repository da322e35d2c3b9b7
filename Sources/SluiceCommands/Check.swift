internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// What `--check` of a service finds: facts, the sandbox as it was put on this very process, and what is in the way.
///
/// It looks, becomes the channel's user and enters the sandbox, then ends: nothing is made, opened for others, or locked.
struct Check {
  private(set) var facts: [(name: String, value: String)] = []
  private(set) var problems: [String] = []
  /// What is worth knowing and in nobody's way, each with its weight.
  private(set) var notes: [(weight: String, text: String)] = []
  var sandbox: SandboxReport?

  mutating func note(_ weight: String, _ text: String) { notes.append((weight, text)) }
  mutating func fact(_ name: String, _ value: String) { facts.append((name, value)) }
  mutating func problem(_ text: String) { problems.append(text) }

  mutating func accounts(_ identity: ChannelIdentity) {
    fact("user", Self.name(of: identity.user))
    fact("group", identity.group.map { "\($0)" } ?? "none: the user alone has access")
    fact("relay's user", Self.name(of: identity.relayUser))
  }

  private static func name(of uid: UInt32) -> String { Accounts.userName(uid).map { "\($0) (\(uid))" } ?? "\(uid)" }

  /// A directory that is there must be safe; one that is not must be in one that is.
  mutating func directory(_ name: String, _ path: String, _ identity: ChannelIdentity) {
    do throws(UnsafePath) {
      _ = try identity.directory(path)
      fact(name, path)
    } catch {
      guard error.reason == .missing else { return problem(error.description) }
      fact(name, "\(path) (is made at the start)")
    }
  }

  /// Whether a service of this kind runs: it holds this lock for its life.
  mutating func lock(_ name: String, in path: String, of owner: Owner?) {
    do throws(Errno) {
      let holder = try FileRights.borrow(from: owner) { () throws(Errno) -> String? in
        let file = try Directory.open(path).open(name, .readUntrusted)
        guard try !file.tryLockExclusive() else { return nil }
        return String(decoding: try file.contents(limit: 256) ?? [], as: UTF8.self)
      }
      fact("lock", holder.map { "held by \(TerminalText.safe($0))" } ?? "free")
    } catch {
      if error == .noSuchFile { fact("lock", "free") } else { problem("\(path)/\(name): \(error)") }
    }
  }

  mutating func kernel() {
    fact(
      "peers", Confinement.offersPeerProcesses ? "uid, groups and process (SO_PEERPIDFD)" : "uid and groups, no process"
    )
  }

  /// Enters the sandbox, and tries what must fail in it.
  mutating func enter(_ plan: SandboxPlan, _ mode: SandboxMode) {
    do throws(ServiceFailure) {
      try Sandbox.begin(mode)
      let report = try Sandbox.enter(plan, mode)
      sandbox = report
      for text in report.problems { problem("sandbox: \(text)") }
      if report.landlockVersion > 0, !Confinement.refusesOtherDirectories {
        problem("sandbox: a directory outside could be read")
      }
      guard report.isFiltered else { return }
      if !Confinement.refusesNetwork { problem("sandbox: an Internet socket could be made") }
      if !Confinement.refusesPrograms { problem("sandbox: a program could be started") }
    } catch { problem("sandbox: \(error)") }
  }

  /// Says it, and gives the exit code: 3 where something is in the way.
  func finish(_ what: String, _ screen: Screen) -> ExitCode {
    if screen.isJSON { screen.print(json: json(what)) } else { screen.print(text(what, screen)) }
    return problems.isEmpty ? .done : .gateNotMet
  }

  private func text(_ what: String, _ screen: Screen) -> String {
    var block = KeyValueBlock()
    for (name, value) in facts { block.add(name, "\(value)") }
    var files = KeyValueBlock(indent: 2)
    if let sandbox {
      block.add("sandbox", "\(sandbox.summary)")
      block.add("network", sandbox.isFiltered ? "AF_UNIX only" : TextCell("not restricted", .yellow))
      let programs = what == "serve" ? "none, but the handler's from outside" : "none"
      block.add("programs", sandbox.isFiltered ? "\(programs)" : TextCell("any", .yellow))
      if let kept = sandbox.capabilities { block.add("capabilities", "\(kept.words.joined(separator: ", "))") }
      if sandbox.landlockVersion == 0 { block.add("files", TextCell("not restricted", .yellow)) }
      for rule in sandbox.rules { files.add(rule.path, "\(rule.access.words)") }
    }
    var text = block.text(width: screen.width, style: screen.style)
    if !files.entries.isEmpty {
      text += "\nfiles, and nothing else:\n" + files.text(width: screen.width, style: screen.style)
    }
    var rest = KeyValueBlock()
    for (weight, note) in notes { rest.add(weight, TextCell(note)) }
    for problem in problems { rest.add("problem", TextCell(problem, .red)) }
    if !rest.entries.isEmpty { text += "\n" + rest.text(width: screen.width, style: screen.style) }
    return text
  }

  private func json(_ what: String) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("service", what)
    json.member("ready", problems.isEmpty)
    json.beginObject("facts")
    for (name, value) in facts { json.member(named: name, value) }
    json.endObject()
    if let sandbox { Self.write(sandbox, into: &json) }
    json.beginArray("notes")
    for (weight, text) in notes { json.element("\(weight): \(text)") }
    json.endArray()
    json.beginArray("problems")
    for problem in problems { json.element(problem) }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private static func write(_ sandbox: SandboxReport, into json: inout JSONWriter) {
    json.beginObject("sandbox")
    json.member("mode", sandbox.mode.rawValue)
    json.member("noNewPrivileges", sandbox.hasNoNewPrivileges)
    json.member("noCoreDumps", sandbox.hasNoCoreDumps)
    json.member("landlock", Int64(sandbox.landlockVersion))
    json.member("seccomp", sandbox.isFiltered)
    json.beginArray("rules")
    for rule in sandbox.rules {
      json.beginObject()
      json.member("path", rule.path)
      json.member("access", rule.access.words)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }
}
