package import SluiceChannel
internal import SluiceStore

extension ManifestSet {
  /// What the channel's phases were applied under, as the state has kept it: the way back needs no file.
  /// - Parameter files: read for phases that were reached without being applied; where they cannot be read, what is kept
  ///   is all there is.
  package static func applied(
    _ layout: ChannelLayout, otherwise files: () throws(MigrationFailure) -> ManifestSet
  ) throws(MigrationFailure) -> ManifestSet {
    var kept: [Manifest] = []
    var phase = 0
    do throws(StoreFailure) {
      if let state = try State.reading(path: layout.database) {
        kept = try state.appliedMeanings().compactMap { Manifest(meaning: $0) }
        phase = try state.phase()
      }
    } catch { throw MigrationFailure(error) }
    let set = ManifestSet(directory: layout.database, manifests: kept)
    let reached = Set(kept.map(\.to.rawValue))
    guard phase > 0, !(1...phase).allSatisfy(reached.contains) else { return set }
    do throws(MigrationFailure) {
      let read = try files()
      let more = read.manifests.filter { !reached.contains($0.to.rawValue) }
      return ManifestSet(directory: read.directory, manifests: (kept + more).sorted { $0.to < $1.to })
    } catch { return set }
  }
}
