internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceRelay
internal import SluiceSystem
internal import SluiceTransports

extension RelayCommand {
  /// `sluice relay --check`
  static func check(_ channel: ChannelFile, _ layout: ChannelLayout, _ path: String, _ screen: Screen)
    throws(CommandFailure) -> ExitCode
  {
    var check = Check()
    check.fact("channel file", path)
    let identity: ChannelIdentity
    do throws(ServiceFailure) { identity = try ChannelIdentity(channel) } catch { throw CommandFailure(error) }
    check.accounts(identity)
    check.directory("state", layout.stateDirectory, identity)
    check.directory("log", layout.logDirectory, identity)
    check.fact("drops", "\(layout.legacyInput) \(layout.legacyBad)")
    check.lock("relay.lock", in: layout.stateDirectory, of: identity.owner)
    for finding in Relay.places(layout, identity).flatMap(\.findings) {
      if finding.weight == .problem {
        check.problem(finding.text)
      } else {
        check.note(finding.weight.rawValue, finding.text)
      }
    }
    do throws(ServiceFailure) { try Relay.becomeUser(identity, layout) } catch { check.problem("\(error)") }
    check.fact("runs as", "uid \(Process.effectiveUser)")
    check.enter(Relay.sandboxPlan(layout, path, identity), channel.sandbox)
    return check.finish("relay", screen)
  }
}
