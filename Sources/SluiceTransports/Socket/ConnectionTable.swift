internal import SluicePolicy
internal import SluiceSystem
internal import SluiceWire

/// The connections of one listener, and what each user has of the listener's places and buffers.
///
/// All of it follows from the connections' credentials and from what they hold: a table that is made anew from open
/// connections counts the same.
struct ConnectionTable {
  /// Most refusals of a stranger that it may have in words, one message each: a burst, and nanoseconds for as many more.
  private static let strangerBurst: Int64 = 32
  private static let strangerPeriod: Int64 = 4_000_000_000
  /// Refusals of connections that a user gets in words: a burst, and nanoseconds for as many more. The queue of those
  /// who wait to be accepted is one for all, so a storm must cost less to refuse than to make.
  private static let refusalBurst: Int64 = 64
  private static let refusalPeriod: Int64 = 1_000_000_000

  private var connections: [ObjectIdentifier: SocketConnection] = [:]
  private var places: FairShare
  /// Strangers have places of their own: they never take one of those who may call.
  private var strangerPlaces: FairShare
  private var strangerRates = UserRates(capacity: strangerBurst, period: strangerPeriod, most: 4096)
  private var buffers: FairShare
  private var refusalRates = UserRates(capacity: refusalBurst, period: refusalPeriod, most: 4096)
  /// Users who storm, until when (monotonic nanoseconds): what connects is closed without a word.
  private var muted: [UInt32: Int64] = [:]

  init(_ settings: SocketListener.Settings) {
    let limit = settings.connectionLimit
    places = FairShare(
      capacity: limit, userLimit: settings.userConnectionLimit, reserve: min(64, limit / 8),
      reservedFor: settings.reservedUsers)
    strangerPlaces = FairShare(capacity: max(2, min(64, limit / 16)))
    // Whatever the setting says, a few messages and replies of the largest size fit.
    let least = 4 * (settings.messageLimit + settings.outputBound)
    let capacity = max(settings.bufferLimit, least)
    buffers = FairShare(capacity: capacity, reserve: capacity / 8, reservedFor: settings.reservedUsers)
  }

  var count: Int { connections.count }
  var keptBytes: Int { buffers.used }
  var isEmpty: Bool { connections.isEmpty }
  /// A copy, since a connection that ends takes itself out.
  var all: [SocketConnection] { Array(connections.values) }

  /// Takes a place for a connection: the refusal where there is none.
  mutating func takePlace(for uid: UInt32, isStranger: Bool, now: Int64) -> Refusal? {
    guard isStranger else { return places.take(for: uid).map { Self.refusal($0, uid) } }
    if strangerRates.take(uid: uid, now: now) != nil { return .strangers(uid) }
    return strangerPlaces.take(for: uid) == nil ? nil : .strangers(uid)
  }

  /// Takes a place for a connection that another process had let in, whatever the shares say now: its end gives it back.
  mutating func keepPlace(for uid: UInt32, isStranger: Bool) {
    if isStranger { _ = strangerPlaces.change(by: 1, of: uid) } else { _ = places.change(by: 1, of: uid) }
  }

  /// Whether a connection of this user is to be closed at once: it storms, and has no place left.
  func isMuted(_ uid: UInt32, now: Int64) -> Bool {
    guard let end = muted[uid] else { return false }
    return now < end && places.held(by: uid) >= places.limit(for: uid)
  }

  /// Whether a refusal is said in words; a user who gets too many of them is muted for a moment.
  mutating func mayAnswer(_ uid: UInt32, isStranger: Bool, now: Int64) -> Bool {
    guard let wait = refusalRates.take(uid: uid, now: now) else { return true }
    // Others of a stranger's uid may be in the group: only its credentials tell, so it is never muted.
    if !isStranger {
      if muted.count >= 4096 { muted = [:] }
      muted[uid] = now + wait
    }
    return false
  }

  mutating func givePlace(of uid: UInt32, isStranger: Bool) {
    if isStranger { strangerPlaces.give(of: uid) } else { places.give(of: uid) }
  }

  mutating func insert(_ connection: SocketConnection) { connections[ObjectIdentifier(connection)] = connection }

  mutating func remove(_ connection: SocketConnection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil, let uid = connection.principal.uid
    else { return }
    givePlace(of: uid, isStranger: connection.isStranger)
  }

  /// Counts bytes that are kept for a peer: false where its user has more than its share of what may be kept.
  mutating func keep(_ difference: Int, for uid: UInt32) -> Bool { buffers.change(by: difference, of: uid) }
  /// Bytes that may still be kept for a user; negative where there are too many.
  func bufferRoom(for uid: UInt32) -> Int { buffers.limit(for: uid) - buffers.held(by: uid) }

  /// Says the limit in the peer's own terms: nothing of others'.
  static func refusal(_ excess: FairShare.Excess, _ uid: UInt32) -> Refusal {
    let text =
      switch excess {
      case .user(let limit): "too many connections of uid \(uid) (limit \(limit))"
      case .share(let held): "too many connections of uid \(uid) (it has \(held), its share at the moment)"
      case .total(let capacity): "too many connections (limit \(capacity))"
      }
    return Refusal(.tooMany, text, retryAfterMilliseconds: 1000)
  }
}

extension Refusal {
  fileprivate static func strangers(_ uid: UInt32) -> Refusal {
    Refusal(.notPermitted, "not permitted", reason: "too many connections of uid \(uid), which may call nothing")
  }
}
