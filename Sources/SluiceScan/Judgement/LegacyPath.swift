package import SluiceSystem

/// A path through which old clients hand over messages, and what was seen of it.
package struct LegacyPath: Sendable, Equatable {
  package let facts: PathFacts
  /// Who has it open.
  package let holders: [Holder]
  /// The channel's user; nil without a channel.
  package let user: UInt32?

  package init(facts: PathFacts, holders: [Holder] = [], user: UInt32? = nil) {
    self.facts = facts
    self.holders = holders
    self.user = user
  }

  private var path: String { facts.path }
  private var quoted: String { ShellWord.quoted(path) }

  package func findings(protection: KernelProtection) -> [Finding] {
    var findings = directory()
    if facts.isInStickyDirectory { findings += Self.kernel(protection, path) }
    switch facts.found {
    case .absent: findings.append(Finding(.legacyAbsent, path, seen: "does not exist", fix: "nothing to do"))
    case .unreadable(let error):
      findings.append(Finding(.legacyUnreadable, path, seen: "\(error)", fix: "scan as root"))
    case .present(let status): findings += file(status) + held(status)
    }
    return findings
  }

  private func file(_ status: FileStatus) -> [Finding] {
    var findings: [Finding] = []
    func add(_ rule: Rule, _ seen: String, _ fix: String) {
      findings.append(Finding(rule, path, seen: seen, fix: fix))
    }
    let mode = Octal.mode(status.mode)
    switch status.kind {
    case .symbolicLink:
      add(.legacySymbolicLink, "a symbolic link of uid \(status.uid)", "look where it leads, then: rm \(quoted)")
      // A link's own mode and count say nothing.
      return findings
    case .regular: break
    case .fifo: add(.legacyFIFO, "a FIFO, mode \(mode)", "find its reader with: fuser -v \(quoted)")
    default:
      add(.legacyWrongKind, "a \(status.kind.rawValue), mode \(mode)", "find out who made it, then move it away")
      if status.kind == .directory { return findings }
    }
    if status.kind == .regular, status.links > 1 {
      add(.legacyHardLinked, "\(status.links) names", "find / -xdev -samefile \(quoted)")
    }
    if status.mode & 0o002 != 0 {
      add(
        .legacyWorldWritable, "mode \(mode), uid \(status.uid)",
        "move its writers: sluice apply; then: chmod o-w \(quoted)")
    } else if status.mode & 0o020 != 0 {
      add(.legacyGroupWritable, "mode \(mode), gid \(status.gid)", "chmod g-w \(quoted)")
    }
    if status.uid != 0, status.uid != user ?? Process.effectiveUser {
      add(
        .legacyForeignOwner, "owned by uid \(status.uid)",
        "let the relay claim it (sluice relay), which records the owner as the writer")
    }
    return findings
  }

  private func held(_ status: FileStatus) -> [Finding] {
    let trusted: Set<UInt32> = [0, status.uid, user ?? status.uid]
    return holders.map { holder in
      Finding(
        trusted.contains(holder.uid) ? .legacyHeldOpen : .legacyHeldByOther, path,
        seen: "open in \(holder.summary): \(holder.command)",
        fix: "move the program to: sluice send")
    }
  }

  /// What the directory that holds it, and those above, let others do.
  private func directory() -> [Finding] {
    var findings: [Finding] = []
    if facts.isInStickyDirectory {
      findings.append(
        Finding(
          .legacyStickyDirectory, path, seen: "in a sticky directory that everybody may write to",
          fix: "move to the channel's own directory: sluice plan --to socket"))
    }
    guard let verdict = facts.verdict else { return findings }
    switch verdict.reason {
    case .writableByOthers:
      findings.append(Finding(.legacyDirectoryWritable, path, seen: verdict.description, fix: Self.fix(verdict)))
    case .system: break
    default: findings.append(Finding(.legacyPathUntrusted, path, seen: verdict.description, fix: Self.fix(verdict)))
    }
    return findings
  }

  static func fix(_ verdict: UnsafePath) -> String {
    let component = ShellWord.quoted(verdict.component)
    return switch verdict.reason {
    case .writableByOthers: "chmod go-w \(component)"
    case .foreignOwner: "use a directory of root's or your own"
    case .symbolicLink: "name the directory that it leads to: readlink -f \(component)"
    default: "ls -ld \(component)"
    }
  }

  private static func kernel(_ protection: KernelProtection, _ path: String) -> [Finding] {
    KernelProtection.names.compactMap { name in
      guard let value = protection.values[name] else { return nil }
      if value == 0 {
        return Finding(
          .kernelProtectionOff, "fs.\(name)", seen: "is 0, and \(path) is in a sticky directory",
          fix: "sysctl -w fs.\(name)=1")
      }
      guard name == "protected_regular" || name == "protected_fifos" else { return nil }
      return Finding(
        .kernelProtectionRefuses, "fs.\(name)", seen: "is \(value), and \(path) is in a sticky directory",
        fix: "know it; where a writer of another user fails with EACCES, this is why")
    }
  }
}
