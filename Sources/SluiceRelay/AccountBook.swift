internal import SluiceSystem

/// Keeps the relay's account in its file, in the channel's state directory.
final class AccountBook {
  /// Nanoseconds after which a sign of life is written though nothing else has changed.
  private static let interval: Int64 = 5_000_000_000
  private static let limit = 1 << 20

  private let directory: Directory
  /// The channel's user, where the relay runs as root for another.
  private let owner: Owner?
  private let noticed: (String) -> Void
  var account: RelayAccount
  /// What an earlier relay left.
  let earlier: RelayAccount?
  private var written: RelayAccount
  private var isComplained = false

  init(_ directory: consuming Directory, owner: Owner?, noticed: @escaping (String) -> Void) {
    let bytes = (try? directory.contents(of: RelayAccount.fileName, limit: Self.limit)) ?? nil
    earlier = bytes.flatMap { RelayAccount(json: $0) }
    self.directory = directory
    self.owner = owner
    self.noticed = noticed
    account = earlier ?? RelayAccount()
    account.ending = nil
    account.trouble = nil
    account.heldSince = nil
    written = RelayAccount()
  }

  /// Writes where something has changed, or a sign of life is due.
  func keep(at now: Int64) {
    var unchanged = account
    unchanged.alive = written.alive
    if unchanged == written, now >= written.alive, now - written.alive < Self.interval { return }
    account.alive = now
    do throws(Errno) {
      try directory.replaceFile(RelayAccount.fileName, with: account.json, mode: 0o600)
      if let owner { try directory.give(RelayAccount.fileName, to: owner) }
      written = account
      isComplained = false
    } catch {
      if !isComplained {
        noticed("cannot write the relay's account \(directory.path)/\(RelayAccount.fileName): \(error)")
      }
      isComplained = true
    }
  }
}
