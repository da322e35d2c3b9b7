extension AbsolutePath {
  /// `/run`.
  static let run = AbsolutePath(unchecked: "/run")
  /// `/var/lib/sluice`.
  static let state = AbsolutePath(unchecked: "/var/lib/sluice")
  /// `/var/log/sluice`.
  static let log = AbsolutePath(unchecked: "/var/log/sluice")
  /// `/tmp/mcp_in.json`, which existing clients of this system write.
  package static let legacyInput = AbsolutePath(unchecked: "/tmp/mcp_in.json")
  /// `/tmp/mcp_bad.json`, which existing clients of this system write.
  package static let legacyBad = AbsolutePath(unchecked: "/tmp/mcp_bad.json")

  /// The directory of this channel in this one; a channel name is always a good component.
  func appending(_ name: ChannelName) -> AbsolutePath { AbsolutePath(unchecked: appending(name.rawValue)) }
}
