internal import SluiceChannel
internal import SluicePolicy
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// The environment of handlers' programs: nothing of our own but what is listed here, nothing that a message says.
enum HandlerVariables {
  /// Beginnings of those that differ from start to start.
  static let prefixes = [
    "SLUICE_ROUTE=", "SLUICE_ATTESTATION=", "SLUICE_PEER_", "SLUICE_DROP_", "SLUICE_HOOK_EVENT=", "SLUICE_MESSAGE_ID=",
    "UNIXREMOTE",
  ]

  /// The same for every start. What the channel file says comes last and instead.
  static func fixed(_ channel: ChannelFile, _ command: ProgramCommand) -> [String] {
    var variables = [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
    ]
    if let home = Process.environment("HOME") { variables.append("HOME=\(home)") }
    let own = Set(command.environment.map(\.name))
    variables.removeAll { variable in own.contains(variable.prefix { $0 != "=" }) }
    return variables + command.environment.map(\.rawValue) + ["PROTO=UNIX", "SLUICE_CHANNEL=\(channel.name)"]
  }

  /// The variables of UCSPI for Unix sockets, and ours.
  static func peer(_ call: HandlerCall, withProcess: Bool = true) -> [String] {
    var variables = [
      "SLUICE_ROUTE=\(call.route.rawValue)", "SLUICE_ATTESTATION=\(call.principal.attestation.rawValue)",
    ]
    if let uid = call.principal.uid {
      variables.append("SLUICE_PEER_UID=\(uid)")
      variables.append("UNIXREMOTEEUID=\(uid)")
    }
    if let gid = call.principal.gid {
      variables.append("SLUICE_PEER_GID=\(gid)")
      variables.append("UNIXREMOTEEGID=\(gid)")
    }
    if withProcess, let pid = call.principal.pid { variables.append("UNIXREMOTEPID=\(pid)") }
    if let program = call.program {
      variables.append("SLUICE_PEER_PROGRAM=\(program.path)")
      variables.append("SLUICE_PEER_SHA256=\(program.sha256)")
    }
    return variables
  }

  /// Those of one message.
  static func message(_ call: HandlerCall) -> [String] {
    var variables: [String] = []
    if let event = call.message.hookEvent { variables.append("SLUICE_HOOK_EVENT=\(event)") }
    if let id = call.id { variables.append("SLUICE_MESSAGE_ID=\(id)") }
    if let path = call.path {
      // Of a file that others than its owner could write nobody knows the writer, though it has an owner.
      let principal = call.principal
      variables.append("SLUICE_DROP_OWNER=\(principal.uid == nil ? "none" : principal.isShared ? "shared" : "owner")")
      variables.append("SLUICE_DROP_PATH=\(path)")
      if let proof = call.proof { variables.append("SLUICE_DROP_PROOF=\(proof.rawValue)") }
    }
    return variables
  }

  /// What starts the handler's program, forked now: before the sandbox, and with the same variables for every call.
  static func starter(_ channel: ChannelFile) throws(Errno) -> ProgramStarter {
    guard let command = channel.handler.command else { return try ProgramStarter(nil, prefixes: []) }
    return try ProgramStarter(
      ProgramStart(
        path: command.program.rawValue, arguments: command.words, environment: fixed(channel, command)),
      prefixes: prefixes)
  }
}
