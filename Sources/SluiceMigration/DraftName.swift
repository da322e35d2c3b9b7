package import SluiceChannel
package import SluiceStore

/// Names under which things are made before they get their place: a dot, the name, a dot and 16 hexadecimal digits.
package enum DraftName {
  /// Whether a run could have noted that draft: beside a place of the channel's and of such a name. Pure.
  package static func isOurs(_ draft: Draft, _ layout: ChannelLayout, decoy: String) -> Bool {
    let places = draft.kind == decoy ? [layout.legacyInput] : Manifest.Place.allCases.map { $0.path(layout) }
    guard places.contains(draft.path) else { return false }
    let prefix = ".\(Engine.split(draft.path).name)."
    guard draft.name.hasPrefix(prefix) else { return false }
    let digits = draft.name.dropFirst(prefix.count).utf8
    return digits.count == 16
      && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || (0x41...0x46).contains($0) }
  }
}
