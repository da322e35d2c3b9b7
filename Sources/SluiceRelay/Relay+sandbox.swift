package import SluiceChannel
internal import SluiceSystem
package import SluiceTransports

extension Relay {
  /// What the relay needs, as things stand.
  package static func sandboxPlan(_ layout: ChannelLayout, _ channelFile: String?) -> SandboxPlan {
    let hasRuntimeDirectory = (try? Directory.openForLookup(layout.runtimeDirectory)) != nil
    return .relay(
      layout, channelFile: channelFile, isRoot: Process.effectiveUser == 0, hasRuntimeDirectory: hasRuntimeDirectory)
  }

  /// Gives up what the relay does not need; before its first thread, and when its directories exist.
  static func enterSandbox(
    _ channel: ChannelFile, _ layout: ChannelLayout, _ channelFile: String?
  ) throws(ServiceFailure) -> SandboxReport {
    try Sandbox.begin(channel.sandbox)
    return try Sandbox.enter(sandboxPlan(layout, channelFile), channel.sandbox)
  }
}
