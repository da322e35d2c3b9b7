internal import SluicePolicy

/// The connections of one listener, and how many of them each user has.
struct ConnectionTable {
  private let limit: Int
  /// Most connections of one user; nil for no such limit.
  private let userLimit: Int?
  private var connections: [ObjectIdentifier: SocketConnection] = [:]
  private var perUser: [UInt32: Int] = [:]

  init(limit: Int, userLimit: Int?) {
    self.limit = limit
    self.userLimit = userLimit
  }

  var count: Int { connections.count }
  var isEmpty: Bool { connections.isEmpty }
  /// A copy, since a connection that ends takes itself out.
  var all: [SocketConnection] { Array(connections.values) }

  func hasRoom(for uid: UInt32) -> Bool {
    guard connections.count < limit else { return false }
    guard let userLimit else { return true }
    return perUser[uid, default: 0] < userLimit
  }

  mutating func insert(_ connection: SocketConnection) {
    connections[ObjectIdentifier(connection)] = connection
    if let uid = connection.principal.uid { perUser[uid, default: 0] += 1 }
  }

  mutating func remove(_ connection: SocketConnection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil, let uid = connection.principal.uid
    else { return }
    perUser[uid, default: 1] -= 1
    if perUser[uid] == 0 { perUser[uid] = nil }
  }
}
