/// `sandbox`: whether the two services give up the rights that they do not need.
package enum SandboxMode: String, CaseIterable, Sendable {
  /// They do not start where the kernel lacks a part.
  case required
  /// They start with what the kernel has, and say what it lacks.
  case bestEffort
  /// They keep the rights of their user.
  case off
}
