import SluiceChannel
import SluiceMigration
import SluiceStore
import Testing

/// Which drafts in the state a run could have noted; whoever owns the state can write any into it.
@Suite struct DraftNameTests {
  private static let decoy = "decoy"
  private static let token = "0123456789abcdef"

  private let layout: ChannelLayout
  init() throws {
    layout = ChannelLayout(channel: ChannelFile(name: try ChannelName(parsing: "parrot-mcp")), root: "/r")
  }

  private func isOurs(_ path: String, _ name: String, kind: String = "fifo") -> Bool {
    DraftName.isOurs(
      Draft(path: path, kind: kind, run: 1, name: name, identity: "1:2"), layout, decoy: Self.decoy)
  }

  @Test(arguments: Manifest.Place.allCases) func aDraftBesideEachPlaceIsOurs(place: Manifest.Place) {
    let path = place.path(layout)
    let name = path.split(separator: "/").last ?? ""
    #expect(isOurs(path, ".\(name).\(Self.token)"))
    #expect(isOurs(path, ".\(name).0123456789ABCDEF"))
    #expect(!isOurs(path, ".\(name).\(Self.token)", kind: Self.decoy))
  }

  @Test func aDecoyIsAtTheLegacyPathOnly() {
    #expect(isOurs("/r/tmp/mcp_in.json", ".mcp_in.json.\(Self.token)", kind: Self.decoy))
    #expect(!isOurs("/r/tmp/mcp_in.json", ".mcp_in.json.\(Self.token)"))
    #expect(!isOurs("/r/tmp/mcp_bad.json", ".mcp_bad.json.\(Self.token)", kind: Self.decoy))
    #expect(!isOurs("/r/run/parrot-mcp/mcp.fifo", ".mcp.fifo.\(Self.token)", kind: Self.decoy))
  }

  @Test(arguments: [
    "", ".", "..", "mcp.fifo", ".mcp.fifo", ".mcp.fifo.", ".mcp.fifo.0123456789abcde", ".mcp.fifo.0123456789abcdef0",
    ".mcp.fifo.0123456789abcdeg", ".mcp.fifo.../../etc/pass", ".mcp.fifo.0123456789abc/..",
    ".mcp.lock.0123456789abcdef",
    "../.mcp.fifo.0123456789abcdef", "important", ".mcp.fifo.0123456789abcde\u{0}", ".mcp.fifo.０１２３４５６７89abcdef",
    ".mcp.fifo. 123456789abcdef", ".mcp.fifo.0123456789abcdef\n",
  ]) func anyOtherNameIsNot(name: String) {
    #expect(!isOurs("/r/run/parrot-mcp/mcp.fifo", name))
  }

  @Test(arguments: [
    "", "/", "/r/run/parrot-mcp/other", "/r/run/parrot-mcp/../mcp.fifo", "/run/parrot-mcp/mcp.fifo",
    "/r/etc/mcp.fifo", "mcp.fifo", "/r/run/parrot-mcp//mcp.fifo",
  ]) func anyOtherPathIsNot(path: String) {
    #expect(!isOurs(path, ".mcp.fifo.\(Self.token)"))
  }
}
