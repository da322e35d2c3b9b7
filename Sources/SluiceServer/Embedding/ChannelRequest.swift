/// A message for an embedded handler, with what is known of its sender.
public struct ChannelRequest: Sendable {
  /// Who sent it. What is nil is not known; only what the kernel says counts as known.
  public struct Peer: Sendable {
    public let uid: UInt32?
    public let gid: UInt32?
    /// A hint for records, never an identity.
    public let pid: Int32?
    /// `kernel`, `file-owner`, `relayed` or `none`: how it is known.
    public let attestation: String
  }

  /// The message's own bytes: one JSON object in UTF-8.
  public let json: [UInt8]
  public let method: String
  /// What the method acts on: `params.name` of `tools/call` and `prompts/get`, `params.uri` of `resources/read`.
  public let target: String?
  /// Nobody waits for a reply.
  public let isNotification: Bool
  public let peer: Peer
}

/// What an embedded handler answers.
public enum ChannelReply: Sendable {
  /// JSON text of the result.
  case result(json: String)
  /// An error of JSON-RPC; codes from -32768 to -32000 are the protocol's own.
  case error(code: Int, message: String)
}
