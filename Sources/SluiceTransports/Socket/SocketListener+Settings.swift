package import SluiceSystem

extension SocketListener {
  package struct Settings: Sendable {
    package var name: String
    package var mode: UInt32
    package var owner: Owner?
    /// Most bytes of one message.
    package var messageLimit: Int
    /// Bytes of replies that may wait for one peer before we stop reading from it.
    package var outputBound: Int
    package var connectionLimit: Int
    /// Most connections of one user; nil for no such limit.
    package var userConnectionLimit: Int?
    /// Nanoseconds that a connection may stay silent after connecting, and later; nil for ever.
    package var firstByte: Int64?
    package var idle: Int64?

    package init(
      name: String, mode: UInt32, owner: Owner? = nil, messageLimit: Int, outputBound: Int, connectionLimit: Int,
      userConnectionLimit: Int? = nil, firstByte: Int64? = nil, idle: Int64? = nil
    ) {
      self.name = name
      self.mode = mode
      self.owner = owner
      self.messageLimit = messageLimit
      self.outputBound = outputBound
      self.connectionLimit = connectionLimit
      self.userConnectionLimit = userConnectionLimit
      self.firstByte = firstByte
      self.idle = idle
    }
  }
}
