/// One channel as its file describes it, with every default filled in.
package struct ChannelFile: Hashable, Sendable {
  /// `format`: the version of the file's language; this is the only one.
  package static let format = 1

  /// `channel`: the channel's name. Required.
  package var name: ChannelName
  /// `stem`: the first part of the names in the runtime directory. Default `mcp`.
  package var stem: FileStem
  /// `access`: who may reach the runtime directory. Default `user`; `group` needs `group`.
  package var access: Access
  /// `user`: the account that serves the channel. Default whoever starts the server.
  package var user: AccountName?
  /// `group`: the group whose members are the channel's clients.
  package var group: AccountName?
  package var paths: PathSettings
  package var legacy: LegacySettings
  package var limits: LimitSettings
  package var handler: HandlerSettings
  package var socket: SocketSettings
  package var relay: RelaySettings
  package var audit: AuditSettings
  /// `sandbox`: what the services give up. Default `bestEffort`.
  package var sandbox: SandboxMode
  package var policy: PolicySettings

  /// A channel with the defaults of its name and access where nothing is given.
  package init(
    name: ChannelName, stem: FileStem = .standard, access: Access = .user, user: AccountName? = nil,
    group: AccountName? = nil, paths: PathSettings? = nil, legacy: LegacySettings = LegacySettings(),
    limits: LimitSettings = LimitSettings(), handler: HandlerSettings = .builtin, socket: SocketSettings? = nil,
    relay: RelaySettings = RelaySettings(), audit: AuditSettings = AuditSettings(),
    sandbox: SandboxMode = .bestEffort,
    policy: PolicySettings = PolicySettings()
  ) {
    self.name = name
    self.stem = stem
    self.access = access
    self.user = user
    self.group = group
    self.paths = paths ?? PathSettings(name: name)
    self.legacy = legacy
    self.limits = limits
    self.handler = handler
    self.socket = socket ?? SocketSettings(access: access)
    self.relay = relay
    self.audit = audit
    self.sandbox = sandbox
    self.policy = policy
  }
}
