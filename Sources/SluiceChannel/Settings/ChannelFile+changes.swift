extension ChannelFile {
  /// The keys whose values differ from another file's and that a running server cannot take over: it holds what they
  /// decide (directories, accounts, objects, handlers). `policy`, `limits.rate` and `legacy.writers` it can.
  package func changesThatNeedRestart(from old: ChannelFile) -> [String] {
    var keys: [String] = []
    func compare<T: Equatable>(_ key: String, _ path: KeyPath<ChannelFile, T>) {
      if self[keyPath: path] != old[keyPath: path] { keys.append(key) }
    }
    compare("channel", \.name)
    compare("stem", \.stem)
    compare("access", \.access)
    compare("user", \.user)
    compare("group", \.group)
    compare("paths", \.paths)
    compare("legacy.input", \.legacy.input)
    compare("legacy.bad", \.legacy.bad)
    compare("legacy.consume", \.legacy.consume)
    compare("legacy.linger", \.legacy.linger)
    compare("legacy.log", \.legacy.log)
    compare("limits.message", \.limits.message)
    compare("limits.connections", \.limits.connections)
    compare("limits.perUserConnections", \.limits.perUserConnections)
    compare("limits.output", \.limits.output)
    compare("limits.buffers", \.limits.buffers)
    compare("limits.calls", \.limits.calls)
    compare("limits.firstByte", \.limits.firstByte)
    compare("limits.unfinished", \.limits.unfinished)
    compare("limits.stalled", \.limits.stalled)
    compare("limits.idle", \.limits.idle)
    compare("handler", \.handler)
    compare("socket.mode", \.socket.mode)
    compare("socket.allowAnyone", \.socket.allowAnyone)
    compare("socket.http", \.socket.http)
    compare("relay", \.relay)
    compare("audit", \.audit)
    compare("sandbox", \.sandbox)
    // A key that this list does not know yet must not be passed over in silence.
    var live = self
    live.policy = old.policy
    live.limits.rate = old.limits.rate
    live.legacy.writers = old.legacy.writers
    if keys.isEmpty, live != old { keys.append("a setting") }
    return keys
  }
}
