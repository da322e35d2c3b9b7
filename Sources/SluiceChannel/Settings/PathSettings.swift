/// `paths`: where the channel keeps its files.
package struct PathSettings: Hashable, Sendable {
  /// `runtime`: locks, run file, FIFO and sockets; gone after a reboot. Default `/run/NAME`.
  package var runtime: AbsolutePath
  /// `state`: database, spool and quarantine. Default `/var/lib/sluice/NAME`.
  package var state: AbsolutePath
  /// `log`: audit log and relay log. Default `/var/log/sluice/NAME`.
  package var log: AbsolutePath
  /// `privateRuntime`: the runtime directory is a tmpfs of its own, without programs, devices and set-id bits. Only root
  /// can mount it. Default false.
  package var privateRuntime: Bool

  package init(runtime: AbsolutePath, state: AbsolutePath, log: AbsolutePath, privateRuntime: Bool = false) {
    self.privateRuntime = privateRuntime
    self.runtime = runtime
    self.state = state
    self.log = log
  }

  /// The defaults of a channel of this name (hier(7) for the directories).
  package init(name: ChannelName) {
    self.init(
      runtime: .run.appending(name), state: .state.appending(name), log: .log.appending(name))
  }

  init(reading reader: ObjectReader, name: ChannelName) {
    let defaults = PathSettings(name: name)
    self.init(
      runtime: reader.parsed("runtime") ?? defaults.runtime,
      state: reader.parsed("state") ?? defaults.state,
      log: reader.parsed("log") ?? defaults.log,
      privateRuntime: reader.boolean("privateRuntime") ?? defaults.privateRuntime)
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("Locks, run file, FIFO and sockets; gone after a reboot.")
    writer.string("runtime", runtime)
    writer.comment("Database, spool and quarantine.")
    writer.string("state", state)
    writer.comment("Audit log and relay log.")
    writer.string("log", log)
    writer.comment("Mount a tmpfs (noexec,nosuid,nodev) on the runtime directory; needs a start as root.")
    writer.boolean("privateRuntime", privateRuntime)
  }
}
