internal import SluiceChannel
internal import SluiceMigration
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

/// What is wrong with the seal of a retired channel, said by whatever starts or is asked.
enum SealNotice {
  /// For a service that is still root, and has another user's state to look at.
  static func text(_ layout: ChannelLayout, of channel: ChannelFile) -> String? {
    guard let owner = (try? ChannelIdentity(channel))?.owner else { return text(layout) }
    return (try? FileRights.borrow(from: owner) { () throws(Errno) in text(layout) }) ?? nil
  }

  /// nil where nothing is, or where nothing was sealed.
  static func text(_ layout: ChannelLayout) -> String? {
    guard let state = (try? State.reading(path: layout.database)) ?? nil, let number = try? state.phase(),
      let phase = Phase(rawValue: number)
    else { return nil }
    return Engine.missingSeal(layout, phase, isOurs: (try? state.madeObject(layout.legacyInput)) ?? false)
  }
}
