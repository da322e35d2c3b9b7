import Testing

@testable import SluiceTransports

/// What the kernel's name of an opened file says of where it stands.
struct GatePlacesTests {
  private static let places = GatePlaces(slots: [
    GatePlaces.Slot(path: Array("/srv/a/in".utf8), gated: Array("/srv/a/.own/gated".utf8), prefix: UInt8(ascii: "c")),
    GatePlaces.Slot(path: Array("/srv/a/bad".utf8), gated: Array("/srv/a/.own/gated".utf8), prefix: UInt8(ascii: "b")),
  ])

  @Test(arguments: [
    ("/srv/a/in", true, GatePlaces.Place.slot(0)), ("/srv/a/bad", true, .slot(1)), ("/srv/a/in.new", true, .elsewhere),
    ("/srv/b/in", true, .elsewhere), ("/srv/a/in (deleted)", false, .replaced(0)),
    ("/srv/a/bad (deleted)", false, .replaced(1)), ("/srv/a/in.new (deleted)", false, .elsewhere),
    // Somebody's own name for a file.
    ("/srv/a/in (deleted)", true, .elsewhere), ("/srv/a/in (deleted) (deleted)", false, .elsewhere),
    ("/srv/a/.own/gated/c0000000000000001-00 (deleted)", false, .left(0)),
    ("/srv/a/.own/gated/b0000000000000001-00 (deleted)", false, .left(1)),
    ("/srv/a/.own/gated/x (deleted)", false, .elsewhere), ("/srv/a/.own/claims/c1 (deleted)", false, .elsewhere),
    ("/srv/a/in", false, .elsewhere), (" (deleted)", false, .elsewhere), ("", false, .elsewhere),
    ("", true, .elsewhere),
  ])
  func eachPath(_ path: String, _ hasNames: Bool, _ expected: GatePlaces.Place) {
    #expect(Self.places.place(of: Array(path.utf8), hasNames: hasNames) == expected)
  }
}
