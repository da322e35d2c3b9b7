/// Waiting work of several users, taken in turn: one who asks for much waits for himself.
struct FairQueue<Work> {
  private var users: [UInt32] = []
  private var work: [UInt32: [Work]] = [:]

  var isEmpty: Bool { users.isEmpty }

  mutating func append(_ item: Work, of user: UInt32) {
    if work[user] == nil { users.append(user) }
    work[user, default: []].append(item)
  }

  mutating func next() -> Work? {
    guard !users.isEmpty else { return nil }
    let user = users.removeFirst()
    guard var waiting = work.removeValue(forKey: user), !waiting.isEmpty else { return nil }
    let first = waiting.removeFirst()
    if !waiting.isEmpty {
      work[user] = waiting
      users.append(user)
    }
    return first
  }
}
