package import SluiceChannel
internal import SluiceSystem

/// Puts a plan in force, part by part; a part that the kernel lacks is named, or ends the start where it is required.
///
/// All of it is for the calling thread and what it starts: it comes before any other thread.
package enum Sandbox {
  /// What also holds for the handler's programs: before the process that starts them is forked.
  package static func begin(_ mode: SandboxMode) throws(ServiceFailure) {
    guard mode != .off else { return }
    do throws(Errno) {
      try Process.harden()
      try Process.closeToOthers()
    } catch { throw ServiceFailure(.failed, "cannot give up gaining privileges (prctl): \(error)") }
  }

  /// The rest, which is for the service alone.
  package static func enter(_ plan: SandboxPlan, _ mode: SandboxMode) throws(ServiceFailure) -> SandboxReport {
    var report = SandboxReport(mode: mode)
    guard mode != .off else { return report }
    report.hasNoNewPrivileges = Confinement.hasNoNewPrivileges
    report.hasNoCoreDumps = Confinement.isClosedToOthers
    dropCapabilities(plan, &report)
    restrictFiles(plan, &report)
    filterCalls(plan, &report)
    if mode == .required, let problem = report.problems.first {
      throw ServiceFailure(
        .failed, "\(problem); the channel file says sandbox: 'required' (use 'bestEffort' to go without)")
    }
    return report
  }

  private static func dropCapabilities(_ plan: SandboxPlan, _ report: inout SandboxReport) {
    do throws(Errno) {
      guard try !Capabilities.effective.isEmpty else { return }
      try Capabilities.keepOnly(plan.capabilities)
      report.capabilities = try Capabilities.effective
    } catch { report.problems.append("capabilities are not dropped: \(error)") }
  }

  private static func restrictFiles(_ plan: SandboxPlan, _ report: inout SandboxReport) {
    let version = Landlock.version
    guard version >= Landlock.oldestVersion else {
      report.problems.append(
        version == 0
          ? "this kernel has no Landlock, or it is not switched on (the kernel's lsm= parameter)"
          : "this kernel's Landlock is too old (version \(version), \(Landlock.oldestVersion) is needed: Linux 5.19)")
      return
    }
    do throws(Errno) {
      let missing = try Landlock.restrict(
        to: plan.rules, version: version, isolatesSignals: plan.isolatesSignals)
      report.landlockVersion = version
      report.rules = plan.rules.filter { !missing.contains($0.path) }
    } catch { report.problems.append("Landlock is not in force: \(error)") }
  }

  private static func filterCalls(_ plan: SandboxPlan, _ report: inout SandboxReport) {
    do throws(Errno) {
      try SeccompFilter.load(plan.calls)
      report.isFiltered = Confinement.isFiltered
    } catch { report.problems.append("the system-call filter is not in force: \(error)") }
  }
}
