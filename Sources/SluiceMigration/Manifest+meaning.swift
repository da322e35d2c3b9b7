internal import SluiceChannel

extension Manifest {
  /// The manifest that once meant this, its title aside: what a phase was applied under is what it is taken back by,
  /// whatever became of its file. Nil for a text that no manifest has.
  package init?(meaning: String) {
    var table: [String: String] = [:]
    var names: [String] = []
    for line in meaning.split(separator: "\n") {
      guard let equals = line.firstRange(of: " = ") else { return nil }
      let key = String(line[..<equals.lowerBound])
      table[key] = String(line[equals.upperBound...])
      let parts = key.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.first == "objects", parts.last == "kind" else { continue }
      names.append(parts[1..<(parts.count - 1)].joined(separator: "."))
    }
    guard let id = table["id"], let from = table["from"].flatMap(Phase.init), let to = table["to"].flatMap(Phase.init)
    else { return nil }
    var objects: [Object] = []
    for name in names {
      func field(_ key: String) -> String? { table["objects.\(name).\(key)"] }
      guard let kind = field("kind").flatMap(Object.Kind.init(rawValue:)),
        let place = field("at").flatMap(Place.init(rawValue:)), let mode = field("mode").flatMap(Self.mode),
        let groupMode = field("groupMode").flatMap(Self.mode)
      else { return nil }
      objects.append(Object(name: name, kind: kind, place: place, mode: mode, groupMode: groupMode))
    }
    func nanoseconds(_ key: String) -> Int64? {
      guard let text = table["gates.\(key)"], text.hasSuffix(" ns") else { return nil }
      return Int64(text.dropLast(3))
    }
    guard let canaries = table["gates.canaries"].flatMap({ Int($0) }), let latency = nanoseconds("latency"),
      let settle = nanoseconds("settle")
    else { return nil }
    self.init(
      id: id, title: id, from: from, to: to, objects: objects,
      gates: Gates(
        canaries: canaries, latency: latency, settle: settle, oldServer: nanoseconds("oldServer"),
        quiet: nanoseconds("quiet") ?? 0))
  }

  private static func mode(_ text: String) -> UInt32? { UInt32(text, radix: 8) }
}
