package import SluiceChannel

extension Manifest {
  package static let format = 1

  /// Reads a manifest; every problem is located and unknown keys come with a hint.
  package static func parse(bytes: [UInt8], fileName: String) throws(ChannelFileError) -> Manifest {
    try ObjectReader.document(bytes, fileName: fileName) { reader in
      if let found = reader.integer("format", in: 0...Int.max, required: true), found != format {
        reader.report("format", "this version reads format \(format), found \(found)")
      }
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
          if !isPlain(name) { object.report(path: [], "must be a name of letters, digits, '-' and '_', 64 at most") }
          guard let kind, let place, let mode else { return nil }
          if kind != place.kind {
            object.report("kind", "\(kind.rawValue.quoted) at the place of a \(place.kind.rawValue)")
          }
          if let lacking = place.lacks(mode.rawValue, group: groupMode?.rawValue) {
            object.report(lacking.key, lacking.text)
          }
          for (key, given) in [("mode", mode), ("groupMode", groupMode ?? mode)] where given.letsOthersWrite {
            object.report(key, "lets every user write")
            break
          }
          return Object(
            name: name, kind: kind, place: place, mode: mode.rawValue, groupMode: (groupMode ?? mode).rawValue)
        } ?? []
      let gates =
        reader.object("gates") { gates -> Gates? in
          Gates(
            canaries: gates.integer("canaries", in: 1...1000) ?? 10,
            latency: gates.duration("latency", in: latencies)?.nanoseconds ?? 2_000_000_000,
            settle: gates.duration("settle", in: settlings)?.nanoseconds ?? 1_000_000_000,
            oldServer: gates.duration("oldServer", in: settlings)?.nanoseconds,
            quiet: gates.duration("quiet", in: quiets)?.nanoseconds ?? leastQuiet(to))
        } ?? Gates(canaries: 10, latency: 2_000_000_000, settle: 1_000_000_000, quiet: leastQuiet(to))
      guard let from, let to else { return nil }
      return Manifest(
        id: id, title: title, from: from, to: to, objects: objects.map(\.value), gates: gates)
    }
  }

  /// Where the manifest does not say.
  private static func leastQuiet(_ to: Phase?) -> Int64 { to == .retired ? 14 * 86_400_000_000_000 : 0 }
  private static let quiets = TimeSpan.milliseconds(0)...TimeSpan.days(3660)

  /// A probe has to be seen, and a lost one to be noticed, while the operator looks on.
  private static let latencies = TimeSpan.milliseconds(1)...TimeSpan.seconds(600)
  private static let settlings = TimeSpan.milliseconds(0)...TimeSpan.days(1)

  /// Names are keys of the meaning that is remembered, one a line.
  private static func isPlain(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  private static func phase(_ key: String, _ reader: ObjectReader) -> Phase? {
    guard let text = reader.string(key, required: true) else { return nil }
    guard let phase = Phase(text) else {
      reader.report(key, "\(text.quoted) is no phase: file-drop, run-file, fifo, socket, retired")
      return nil
    }
    return phase
  }
}
