/// The variables of existing deployments that sluice reads, when it adopts one and at run time.
package enum EnvironmentVariable: String, CaseIterable, Sendable {
  /// The runtime directory if it lies below `/run`, otherwise the directory of the legacy drops.
  case ipcDirectory = "PARROT_IPC_DIR"
  /// Where clients drop messages.
  case input = "PARROT_MCP_INPUT"
  /// Where clients drop malformed messages.
  case bad = "PARROT_MCP_BAD"
  /// The largest message in bytes.
  case maximumInputSize = "PARROT_MAX_INPUT_SIZE"
  /// The most requests of one user in one window.
  case rateLimit = "PARROT_RATE_LIMIT"
  /// The window in seconds; 60 where it is not set.
  case rateLimitWindow = "PARROT_RATE_LIMIT_WINDOW"
  /// The account that serves the channel.
  case runAsUser = "PARROT_RUN_AS_USER"
  /// How many seconds a handler's process may run.
  case commandTimeout = "PARROT_COMMAND_TIMEOUT"
  /// The old server's log.
  case serverLog = "PARROT_SERVER_LOG"
}
