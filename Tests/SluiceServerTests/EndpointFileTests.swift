import SluiceChannel
import Testing

@testable import SluiceServer

@Suite struct EndpointFileTests {
  private func layout(_ root: String?) throws -> ChannelLayout {
    ChannelLayout(channel: ChannelFile(name: try ChannelName(parsing: "parrot-mcp")), root: root)
  }

  @Test(arguments: [
    (Phase.fileDrop, "file-drop", "/tmp/mcp_in.json"), (.runFile, "run-file", "/run/parrot-mcp/mcp_in.json"),
    (.fifo, "fifo", "/run/parrot-mcp/mcp.fifo"), (.socket, "socket", "/run/parrot-mcp/mcp.sock"),
  ])
  func namesThePrimaryTransport(phase: Phase, transport: String, path: String) throws {
    let text = EndpointFile(channel: "parrot-mcp", phase: phase, messageLimit: 1 << 20, layout: try layout(nil)).text
    #expect(text.contains("SLUICE_TRANSPORT=\(transport)\n"))
    #expect(text.contains("SLUICE_PATH=\(path)\n"))
    #expect(text.contains("SLUICE_PHASE=\(phase.rawValue)\n"))
    #expect(text.contains("SLUICE_LIMIT=1048576\n"))
    #expect(EndpointFile.primaryTransport(in: text)?.rawValue == transport)
  }

  @Test func quotesWhatAShellWouldRead() throws {
    let text = EndpointFile(
      channel: "parrot-mcp", phase: .fifo, messageLimit: 1, layout: try layout("/tmp/it's $(here)")
    ).text
    #expect(text.contains("SLUICE_PATH='/tmp/it'\\''s $(here)/run/parrot-mcp/mcp.fifo'\n"))
  }

  @Test func otherTextNamesNone() { #expect(EndpointFile.primaryTransport(in: "SLUICE_TRANSPORT=pigeon\n") == nil) }
}
