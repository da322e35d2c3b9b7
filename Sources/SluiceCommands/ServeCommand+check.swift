internal import SluiceChannel
internal import SluiceCommandLine
internal import SluicePolicy
internal import SluiceSystem
internal import SluiceTransports

extension ServeCommand {
  /// `sluice serve --check`
  static func check(_ channel: ChannelFile, _ layout: ChannelLayout, _ path: String, _ screen: Screen)
    throws(CommandFailure) -> ExitCode
  {
    var check = Check()
    check.fact("channel file", path)
    let identity: ChannelIdentity
    do throws(ServiceFailure) { identity = try ChannelIdentity(channel) } catch { throw CommandFailure(error) }
    // Before anything else: what a start would refuse, with the same words and exit code.
    let policy: Policy
    do throws(ServiceFailure) { policy = try ChannelPolicy.resolve(channel, identity) } catch {
      throw CommandFailure(error)
    }
    check.accounts(identity)
    check.policy(policy, channel)
    check.limits(channel.limits)
    for warning in policy.warnings { screen.say("warning: \(warning)") }
    check.directory("runtime", layout.runtimeDirectory, identity)
    check.directory("state", layout.stateDirectory, identity)
    check.directory("log", layout.logDirectory, identity)
    check.lock("serve.lock", in: layout.stateDirectory, of: identity.owner)
    check.kernel()
    if Process.effectiveUser == 0, identity.user != 0, let owner = identity.owner {
      do throws(Errno) { try Process.become(owner.uid, gid: owner.gid) } catch {
        check.problem("cannot become uid \(owner.uid): \(error)")
      }
    }
    check.fact("runs as", "uid \(Process.effectiveUser)")
    if let command = channel.handler.command {
      check.fact(
        "handler", "\(channel.handler.kind.rawValue): \(command.program), outside the sandbox, with no_new_privs")
      if let problem = Self.problem(with: command.program.rawValue) { check.problem(problem) }
    } else {
      check.fact("handler", ([channel.handler.kind.rawValue] + [layout.handlerPath ?? ""]).joined(separator: " "))
    }
    check.enter(
      .server(
        layout, channelFile: path, isRoot: Process.effectiveUser == 0, runsPrograms: channel.handler.command != nil,
        inbox: channel.handler.kind == .fileDrop ? layout.handlerPath : nil),
      channel.sandbox)
    return check.finish("serve", screen)
  }

  private static func problem(with program: String) -> String? {
    do throws(Errno) {
      try Process.requireExecutable(program)
      return nil
    } catch { return "the handler \(program) cannot be executed: \(error)" }
  }
}
