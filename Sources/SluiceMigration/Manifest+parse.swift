package import SluiceChannel

extension Manifest {
  package static let format = 1

  /// Reads a manifest; every problem is located and unknown keys come with a hint.
  package static func parse(bytes: [UInt8], fileName: String) throws(ChannelFileError) -> Manifest {
    try ObjectReader.document(bytes, fileName: fileName) { reader in
      _ = reader.integer("format", in: format...format, required: true)
      let id = reader.string("id", required: true) ?? ""
      let title = reader.string("title", required: true) ?? ""
      let from = phase("from", reader)
      let to = phase("to", reader)
      if let from, let to, to.rawValue != from.rawValue + 1 {
        reader.report("to", "must be the phase after \(from.name)")
      }
      let objects =
        reader.namedObjects("objects") { name, object -> Object? in
          let kind = object.choice("kind", as: Object.Kind.self, required: true)
          let place = object.choice("at", as: Place.self, required: true)
          let mode = object.fileMode("mode", required: true)
          let groupMode = object.fileMode("groupMode")
          guard let kind, let place, let mode else { return nil }
          if mode.letsOthersWrite || groupMode?.letsOthersWrite == true {
            object.report("mode", "lets every user write")
          }
          return Object(
            name: name, kind: kind, place: place, mode: mode.rawValue, groupMode: (groupMode ?? mode).rawValue)
        } ?? []
      let gates =
        reader.object("gates") { gates -> Gates? in
          Gates(
            canaries: gates.integer("canaries", in: 1...1000) ?? 10,
            latency: gates.duration("latency")?.nanoseconds ?? 2_000_000_000,
            settle: gates.duration("settle")?.nanoseconds ?? 1_000_000_000,
            quiet: gates.duration("quiet")?.nanoseconds ?? leastQuiet(to))
        } ?? Gates(canaries: 10, latency: 2_000_000_000, settle: 1_000_000_000, quiet: leastQuiet(to))
      guard let from, let to else { return nil }
      return Manifest(
        id: id, title: title, from: from, to: to, objects: objects.map(\.value), gates: gates)
    }
  }

  /// Where the manifest does not say.
  private static func leastQuiet(_ to: Phase?) -> Int64 { to == .retired ? 14 * 86_400_000_000_000 : 0 }

  private static func phase(_ key: String, _ reader: ObjectReader) -> Phase? {
    guard let text = reader.string(key, required: true) else { return nil }
    guard let phase = Phase(text) else {
      reader.report(key, "\(text.quoted) is no phase: file-drop, run-file, fifo, socket, retired")
      return nil
    }
    return phase
  }
}
