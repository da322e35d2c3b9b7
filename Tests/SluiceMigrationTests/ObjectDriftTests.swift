import SluiceChannel
import SluiceMigration
import Testing

/// Every managed field of every kind of object: what differs is named, with both values and what puts it right.
@Suite struct ObjectDriftTests {
  private let layout: ChannelLayout

  init() throws { layout = ChannelLayout(channel: ChannelFile(name: try ChannelName(parsing: "c")), root: "/r") }

  static let kinds: [(Manifest.Place, UInt32, UInt32)] = [
    (.runtime, 0o700, 0o750), (.claimed, 0o700, 0o700), (.replies, 0o700, 0o2770), (.lock, 0o600, 0o660),
    (.runFile, 0o600, 0o660), (.fifo, 0o600, 0o660), (.socket, 0o600, 0o660),
  ]

  private func drift(
    _ place: Manifest.Place, _ mode: UInt32, _ groupMode: UInt32, _ found: Observation.Found?, group: UInt32? = nil
  ) throws -> [String] {
    func octal(_ mode: UInt32) -> String { (mode < 0o1000 ? "0" : "") + String(mode, radix: 8) }
    let text = """
      { format: 1, id: "0001-a", title: "t", from: "0", to: "1", objects: { o: { kind: "\(place.kind.rawValue)",
        at: "\(place.rawValue)", mode: "\(octal(mode))", groupMode: "\(octal(groupMode))" } } }
      """
    let object = try Manifest.parse(bytes: Array(text.utf8), fileName: "m").objects[0]
    let path = place.path(layout)
    let seen = Observation(
      phase: .socket, generation: 1, server: nil, objects: found.map { [path: $0] } ?? [:], made: [], user: 1000,
      group: group, socketMode: group == nil ? 0o600 : 0o660)
    return object.drift(seen, layout)
  }

  private func word(_ place: Manifest.Place) -> String {
    switch place.kind {
    case .directory: "directory"
    case .lockFile, .runFile: "regular file"
    case .fifo: "FIFO"
    case .socket: "socket"
    }
  }

  @Test(arguments: kinds)
  func eachFieldIsNamed(place: Manifest.Place, mode: UInt32, groupMode: UInt32) throws {
    let path = place.path(layout)
    func found(
      _ mode: UInt32, _ uid: UInt32 = 1000, _ gid: UInt32 = 5, kind: String? = nil, links: UInt64 = 1
    ) -> Observation.Found {
      .present(kind: kind ?? word(place), mode: mode, uid: uid, gid: gid, links: links)
    }
    #expect(try drift(place, mode, groupMode, found(mode)) == [])
    #expect(try drift(place, mode, groupMode, found(groupMode, 1000, 50), group: 50) == [])
    #expect(try drift(place, mode, groupMode, nil).first?.hasPrefix("absent; a \(place.kind.rawValue)") == true)
    let octal = "0\(String(mode, radix: 8))"
    #expect(
      try drift(place, mode, groupMode, found(0o644)) == ["mode is 0644, declared is \(octal): chmod \(octal) \(path)"])
    #expect(
      try drift(place, mode, groupMode, found(mode, 7)) == ["owner is uid 7, declared is 1000: chown 1000 \(path)"])
    #expect(
      try drift(place, mode, groupMode, found(groupMode, 1000, 5), group: 50)
        == ["group is gid 5, declared is 50: chgrp 50 \(path)"])
    let other = word(place) == "FIFO" ? "socket" : "FIFO"
    #expect(
      try drift(place, mode, groupMode, found(mode, kind: other)).first?.hasPrefix("kind is \(other), declared") == true
    )
    #expect(
      try drift(place, mode, groupMode, found(mode, kind: "symbolic link")).first?.hasPrefix(
        "kind is symbolic link, declared is \(word(place)); move it away") == true)
    #expect(
      try drift(place, mode, groupMode, found(mode, links: 3))
        == (place.kind == .directory
          ? [] : ["it has 3 names (hard links), so it may be a file of another place; move it away"]))
    #expect(try drift(place, mode, groupMode, found(0o644, 7, 5), group: 50).count == 3)
    #expect(try drift(place, mode, groupMode, .unreadable("no")) == ["cannot be looked at: no"])
  }
}
