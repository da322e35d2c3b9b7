internal import SluiceSystem

/// A Unix socket that can be reached, its node, and who listens.
package struct UnixEndpoint: Sendable, Equatable {
  package let listener: UnixListener
  package let holders: [Holder]
  /// Of path sockets: what stands at the path; nil where the listener sees other mounts than we do.
  package let facts: PathFacts?
  /// How many sockets were bound to this path.
  package let namesakes: Int

  package init(listener: UnixListener, holders: [Holder], facts: PathFacts?, namesakes: Int = 1) {
    self.listener = listener
    self.holders = holders
    self.facts = facts
    self.namesakes = namesakes
  }

  package var owner: String { holders.first?.summary ?? "a process that may not be seen" }

  package var findings: [Finding] {
    switch listener.name {
    case .abstract:
      return [
        Finding(
          .unixAbstract, listener.text, seen: owner,
          fix: "bind to a path in a directory of your own; until then check SO_PEERCRED")
      ]
    case .relative:
      return [Finding(.unixRelative, listener.text, seen: owner, fix: "bind to an absolute path")]
    case .path:
      guard let facts else {
        guard listener.text.hasPrefix("/proc/self/") else { return [] }
        return [Finding(.unixRelative, listener.text, seen: owner, fix: "look at the directories of its process")]
      }
      return node(facts) + directory(facts)
    }
  }

  private func node(_ facts: PathFacts) -> [Finding] {
    var findings: [Finding] = []
    func add(_ rule: Rule, _ seen: String, _ fix: String) {
      findings.append(Finding(rule, facts.path, seen: "\(seen); \(owner)", fix: fix))
    }
    switch facts.found {
    case .unreadable: break
    case .absent: add(.unixNodeGone, "no node", "restart the listener")
    case .present(let status):
      guard status.kind == .socket else {
        add(.unixNodeReplaced, "a \(status.kind.rawValue) of uid \(status.uid)", "find out who put it there")
        break
      }
      if status.mode & 0o002 != 0 {
        add(
          .unixWorldWritable, "mode \(Octal.mode(status.mode)), uid \(status.uid)",
          "chmod o-w \(ShellWord.quoted(facts.path)), unless everybody is meant to connect")
      }
      if namesakes > 1, !listener.isDatagram {
        add(.unixPathShared, "\(namesakes) listening sockets", "end the listeners that nobody can reach")
      }
    }
    return findings
  }

  private func directory(_ facts: PathFacts) -> [Finding] {
    var findings: [Finding] = []
    if facts.isInStickyDirectory {
      findings.append(
        Finding(
          .unixStickyDirectory, facts.path, seen: "in a sticky directory that everybody may write to; \(owner)",
          fix: "bind below /run, in a directory of the service's own"))
    }
    guard let verdict = facts.verdict else { return findings }
    let rule: Rule
    switch verdict.reason {
    case .writableByOthers: rule = .unixDirectoryWritable
    case .symbolicLink: rule = .unixPathLink
    case .system, .missing: return findings
    default: rule = .unixPathUntrusted
    }
    findings.append(
      Finding(rule, facts.path, seen: "\(verdict.description); \(owner)", fix: LegacyPath.fix(verdict)))
    return findings
  }
}
