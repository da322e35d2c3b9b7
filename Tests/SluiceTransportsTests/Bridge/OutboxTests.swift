import SluiceWire
import Testing

@testable import SluiceTransports

/// Against a plain reading of the same rules.
@Suite struct OutboxTests {
  private struct Model {
    var lines: [(text: [UInt8], id: Int, written: Int)] = []
    var begun: [Int] = []
    var sent: [UInt8] = []

    mutating func write(_ count: Int) {
      var left = count
      while left > 0, !lines.isEmpty {
        if lines[0].written == 0 { begun.append(lines[0].id) }
        let now = min(left, lines[0].text.count - lines[0].written)
        sent += lines[0].text[lines[0].written..<lines[0].written + now]
        lines[0].written += now
        left -= now
        if lines[0].written == lines[0].text.count { lines.removeFirst() }
      }
    }
    mutating func cut() { lines.removeAll { $0.written > 0 } }
  }

  private static func id(_ meaning: Outbox.Meaning) -> Int {
    guard case .request(let call) = meaning, case .integer(let id) = call.id else { return -1 }
    return Int(id)
  }

  @Test(arguments: 1...20) func asAListOfLines(seed: Int) {
    var random = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
    func below(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1
      return Int(random >> 33) % bound
    }
    var outbox = Outbox()
    var model = Model()
    var begun: [Int] = []
    var sent: [UInt8] = []
    for id in 0..<3000 {
      switch below(10) {
      case 0..<5:
        let text = [UInt8](repeating: UInt8(97 + id % 26), count: 1 + below(id % 50 == 0 ? 60_000 : 40))
        let call = BridgeCall(id: .integer(Int64(id)), dialect: .jsonRPC, isListen: false)
        outbox.add(text.span.bytes, .request(call), arrived: Int64(id))
        model.lines.append((text + [10], id, 0))
      case 5..<9:
        let count = min(below(4) == 0 ? 200_000 : below(60), outbox.count)
        sent += outbox.bytes[outbox.position..<outbox.position + count]
        outbox.wrote(count) { begun.append(Self.id($0)) }
        model.write(count)
      default:
        outbox.cut()
        model.cut()
        if below(3) == 0 {
          var expired: [Int] = []
          outbox.expire(before: Int64(id - 3)) { expired.append(Self.id($0)) }
          #expect(expired == model.lines.filter { $0.id < id - 3 }.map(\.id))
          model.lines.removeAll { $0.id < id - 3 }
        }
      }
      #expect(outbox.count == model.lines.reduce(0) { $0 + $1.text.count - $1.written })
      #expect(outbox.oldest == model.lines.first { $0.written == 0 }.map { Int64($0.id) })
    }
    #expect(begun == model.begun)
    #expect(sent == model.sent)
  }
}
