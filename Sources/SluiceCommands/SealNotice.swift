internal import SluiceChannel
internal import SluiceMigration
internal import SluiceStore

/// What is wrong with the seal of a retired channel, said by whatever starts or is asked.
enum SealNotice {
  /// nil where nothing is, or where nothing was sealed.
  static func text(_ layout: ChannelLayout) -> String? {
    guard let state = (try? State.reading(path: layout.database)) ?? nil, let number = try? state.phase(),
      let phase = Phase(rawValue: number)
    else { return nil }
    return Engine.missingSeal(layout, phase, isOurs: (try? state.madeObject(layout.legacyInput)) ?? false)
  }
}
