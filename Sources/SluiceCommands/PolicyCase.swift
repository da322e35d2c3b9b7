internal import SluiceCommandLine
internal import SluicePolicy
internal import SluiceSystem

/// The call that `sluice policy test` asks about, put together from its options.
struct PolicyCase {
  let principal: Principal
  let call: Call
  /// Whether only the caller is asked about.
  let isAnyCall: Bool
  let evidence: ProcessEvidence
  let sender: SenderEvidence
  let text: String

  init(_ context: CommandContext) throws(CommandFailure) {
    let line = context.line
    let attestation = line.value("attestation").flatMap { Principal.Attestation(rawValue: $0) } ?? .kernel
    var words: [String] = []
    if attestation == .none {
      guard line.value("user") == nil, line.values("group").isEmpty else {
        throw CommandFailure(.usage, "--attestation none is a caller whom nobody knows; leave --user and --group out")
      }
      principal = .unknown
      words.append("an unknown writer")
    } else {
      guard let name = line.value("user") else { throw CommandFailure(.usage, "name the caller with --user") }
      guard let user = Accounts.user(name) else {
        throw CommandFailure(.usage, "--user \(name): there is no such user")
      }
      guard attestation == .kernel || line.values("group").isEmpty else {
        throw CommandFailure(
          .usage, "--group: of a file's owner nobody attests groups, rules go by the groups' lists; leave it out")
      }
      var groups = attestation == .kernel ? Set(Accounts.groups(of: user.uid)) : []
      for name in line.values("group") {
        guard let group = Accounts.group(name) else {
          throw CommandFailure(.usage, "--group \(name): there is no such group")
        }
        groups.insert(group)
      }
      principal = Principal(attestation: attestation, uid: user.uid, gid: user.gid, groups: groups.sorted())
      groups.insert(user.gid)
      let list = groups.sorted().map(String.init).joined(separator: " ")
      words.append("\(name) (uid \(user.uid)" + (attestation == .kernel ? ", groups \(list))" : ")"))
      words.append("known by \(attestation.rawValue)")
    }
    call = try Self.call(line)
    isAnyCall = call.method.isEmpty
    if isAnyCall {
      words.append("to begin a conversation")
    } else {
      words.append("\(TerminalText.safe(call.method))" + (call.target.map { " on \(TerminalText.safe($0))" } ?? ""))
    }
    evidence = attestation == .kernel ? try Self.evidence(context) : .absent
    guard attestation == .kernel || line.value("executable") == nil else {
      throw CommandFailure(.usage, "--executable: no program is known of what was left in a file; leave it out")
    }
    sender = attestation == .kernel ? .same : .absent
    if case .program(let program) = evidence {
      words.append("by \(TerminalText.safe(program.path)) (\(program.sha256.prefix(12)))")
    }
    text = words.joined(separator: ", ")
  }

  private static func call(_ line: ParsedCommandLine) throws(CommandFailure) -> Call {
    if let tool = line.value("tool") {
      guard line.value("target") == nil, (line.value("method") ?? "tools/call") == "tools/call" else {
        throw CommandFailure(.usage, "--tool stands for --method tools/call --target; leave the others out")
      }
      return Call(method: "tools/call", target: tool)
    }
    guard let method = line.value("method") else {
      if line.value("target") != nil { throw CommandFailure(.usage, "--target needs --method") }
      // A response names no method: what is always admitted where the caller is.
      return Call(method: "", isResponse: true)
    }
    return Call(method: method, target: line.value("target"))
  }

  private static func evidence(_ context: CommandContext) throws(CommandFailure) -> ProcessEvidence {
    guard let given = context.line.value("executable") else { return .unknown(reason: "no --executable is given") }
    let path = try context.absolute(given)
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    do throws(Errno) {
      let file = try Directory.open(slash == path.startIndex ? "/" : String(path[..<slash])).open(
        String(path[path.index(after: slash)...]), .readUntrusted)
      guard let bytes = try file.contents(limit: 1 << 30) else { return .unknown(reason: "\(path) is too large") }
      return .program(ProcessEvidence.Program(path: path, sha256: Digest.sha256(bytes)))
    } catch { throw CommandFailure(.usage, "--executable \(path): \(error)") }
  }
}
