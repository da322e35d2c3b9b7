package import SluiceChannel
package import SluiceSystem

/// What of a plan is in force.
package struct SandboxReport: Equatable, Sendable {
  package var mode: SandboxMode
  package var hasNoNewPrivileges = false
  package var hasNoCoreDumps = false
  /// The version of Landlock's interface that was used; 0: none is in force.
  package var landlockVersion = 0
  /// The rules that are in force.
  package var rules: [Landlock.Rule] = []
  package var isFiltered = false
  /// What root keeps; nil where the process is not root.
  package var capabilities: Capabilities?
  /// What is not as planned, each in a sentence.
  package var problems: [String] = []

  package init(mode: SandboxMode) { self.mode = mode }

  /// `no_new_privs, no core dumps, Landlock 7, seccomp`.
  package var summary: String {
    guard mode != .off else { return "off" }
    var parts: [String] = []
    if hasNoNewPrivileges { parts.append("no_new_privs") }
    if hasNoCoreDumps { parts.append("no core dumps") }
    if landlockVersion > 0 { parts.append("Landlock \(landlockVersion)") }
    if isFiltered { parts.append("seccomp") }
    if capabilities != nil { parts.append("few capabilities") }
    return parts.isEmpty ? "nothing in force" : parts.joined(separator: ", ")
  }
}
