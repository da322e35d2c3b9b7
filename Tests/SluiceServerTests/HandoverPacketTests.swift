import SluiceTransports
import SluiceWire
import Testing

@testable import SluiceServer
import SluiceChannel

/// What two servers say to each other comes out as it went in, and nothing else does.
struct HandoverPacketTests {
  private static let packets: [HandoverPacket] = [
    .state(state), .conversations([]),
    .conversations([
      HandoverPacket.Shape(inputCount: 0, outputCount: 1 << 40, skipped: nil, isFinishing: false),
      HandoverPacket.Shape(inputCount: 300, outputCount: 0, skipped: 0, isFinishing: true),
    ]), .bytes([]), .bytes([0, 10, 255]), .end, .prepared, .go, .serving, .abort("because \u{e9}"),
  ]

  private static let state: HandoverState = {
    var state = HandoverState()
    state.pid = 42
    state.phase = .fifo
    state.transports = [.runFile, .fifo]
    state.descriptors = ["serve.lock", "control.sock", "control.sock.lock"]
    state.inherited = ["mcp.sock"]
    state.conversations = 700
    return state
  }()

  @Test(arguments: packets.indices) func roundTrip(_ index: Int) {
    let packet = Self.packets[index]
    #expect(HandoverPacket(packet.encoded) == packet)
  }

  @Test(arguments: [
    [], [UInt8(ascii: "x")], [UInt8(ascii: "S")], Array("S{}".utf8), Array(#"S{"format":1}"#.utf8),
    Array(#"S{"format":2}"#.utf8), Array("C12".utf8),
    // A negative size.
    [UInt8(ascii: "C"), 0] + [UInt8](repeating: 255, count: 24),
  ]) func whatIsNone(_ bytes: [UInt8]) {
    #expect(HandoverPacket(bytes) == nil)
  }

  @Test func conversationsAreCutFromTheirBytes() {
    let conversations = [
      CarriedConversation(input: .init(bytes: [1, 2]), output: [3]), CarriedConversation(),
      CarriedConversation(input: .init(skipped: 9), output: [4, 5], isFinishing: true),
    ]
    let bytes = conversations.flatMap { $0.input.bytes + $0.output }
    var start = 0
    for conversation in conversations {
      #expect(HandoverPacket.Shape(conversation).conversation(from: bytes, at: &start) == conversation)
    }
    #expect(start == bytes.count)
    // Sizes that say more than came.
    let large = HandoverPacket.Shape(inputCount: .max, outputCount: .max, skipped: nil, isFinishing: false)
    start = 1
    #expect(large.conversation(from: bytes, at: &start) == nil)
  }
}
