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
    package var deadlines: ConnectionDeadlines
    /// Most bytes that are kept for all peers together.
    package var bufferLimit: Int
    /// For whom a part of all is kept back, and whom no share bounds: who operates the channel must always get in.
    package var reservedUsers: Set<UInt32>

    package init(
      name: String, mode: UInt32, owner: Owner? = nil, messageLimit: Int, outputBound: Int, connectionLimit: Int,
      userConnectionLimit: Int? = nil, deadlines: ConnectionDeadlines = ConnectionDeadlines(),
      bufferLimit: Int = 256 << 20, reservedUsers: Set<UInt32> = [0, Process.effectiveUser]
    ) {
      self.name = name
      self.mode = mode
      self.owner = owner
      self.messageLimit = messageLimit
      self.outputBound = outputBound
      self.connectionLimit = connectionLimit
      self.userConnectionLimit = userConnectionLimit
      self.deadlines = deadlines
      self.bufferLimit = bufferLimit
      self.reservedUsers = reservedUsers
    }
  }
}
