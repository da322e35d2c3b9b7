extension Script {
  /// - Parameter units: services with a /tmp of their own that run it.
  package func findings(privateUnits units: [String], holders: [Holder]) -> [Finding] {
    var findings: [Finding] = []
    let lines = mentions.map { "\($0.line)" }.prefix(8).joined(separator: ", ")
    let when = schedules.isEmpty ? "" : "; runs \(schedules.map(\.when).joined(separator: ", "))"
    findings.append(
      Finding(
        use.puts || use == .moves ? .scriptWrites : .scriptNames, path, seen: "\(use.rawValue), line \(lines)\(when)",
        fix: "use \"sluice send\" there"))
    if mode & 0o002 != 0 {
      findings.append(
        Finding(
          .scriptWritable, path, seen: "mode \(Octal.mode(mode)), uid \(uid)",
          fix: "chmod o-w \(ShellWord.quoted(path))"))
    }
    for unit in units {
      findings.append(
        Finding(
          .legacyPrivateMounts, path, seen: "run by \(unit) with PrivateTmp",
          fix: "set PrivateTmp=no in \(unit), or move it to: sluice send"))
    }
    for holder in holders where holder.hasOwnMounts == true {
      findings.append(
        Finding(
          .legacyPrivateMounts, path, seen: "run by \(holder.summary), in a mount namespace of its own",
          fix: "compare: ls -l /proc/\(holder.pid)/root/tmp; or move it to: sluice send"))
    }
    return findings
  }
}
