import SluiceChannel
import SluicePolicy
import SluiceStore
import SluiceWire
import Testing

@testable import SluiceServer

@Suite struct RecordLineTests {
  private static func text(_ body: (inout RecordLine) -> Void) -> String {
    var line = RecordLine(capacity: 1)
    body(&line)
    var text = ""
    line.withBytes { bytes in text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    return text
  }

  @Test func numbersOfEachLength() {
    var values: [Int64] = [0, .max, .min, .max - 1, .min + 1]
    var power: Int64 = 1
    for _ in 0..<18 {
      power *= 10
      for value in [power - 1, power, power + 1, power + power / 2 + 7] { values += [value, -value] }
    }
    for value in values { #expect(Self.text { $0.member("n", value) } == ",\"n\":\(value)") }
  }

  private static func record(_ ending: Ending) -> String {
    text { line in
      line.compose(ending, sequence: 7, head: RecordLine(), subject: RecordLine(), now: 5_000_000)
    }
  }

  @Test func anEndingSaysWhatItHas() {
    let sender = Sender(Principal(attestation: .kernel, uid: 1, gid: 2), route: .socket)
    var ending = Ending(.handled, of: sender, byteCount: 12)
    ending.arrived = 3_000_000
    ending.reason = nil
    ending.code = nil
    #expect(ending.isPlain)
    #expect(Self.record(ending) == #"{"seq":7,"bytes":12,"micros":2000}"#)
    ending.id = "c1-0"
    ending.code = 403
    ending.reason = "no rule"
    ending.ruling = Refusal.Ruling(verdict: "noRule", rule: nil)
    #expect(!ending.isPlain)
    #expect(
      Self.record(ending)
        == #"{"seq":7,"id":"c1-0","bytes":12,"micros":2000,"code":403,"reason":"no rule","verdict":"noRule"}"#)
  }
}
