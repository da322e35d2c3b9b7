import SluiceChannel
import Testing

/// Texts of JSON5 and what they mean.
@Suite struct JSON5AcceptTests {
  @Test(
    arguments: [
      ("null", .null), ("true", .boolean(true)), (" false ", .boolean(false)),
      ("''", .string("")), ("\"it's\"", .string("it's")), (#"'\'"'"#, .string("'\"")),
      (#"'\b\f\n\r\t\v\0\a\/\\'"#, .string("\u{8}\u{C}\n\r\t\u{B}\0a/\\")),
      (#"'\x41\u00e9\uD83D\uDE00'"#, .string("Aé😀")),
      ("'one\\\ntwo\\\r\nthree\\\u{2028}four\\\rfive'", .string("onetwothreefourfive")),
      ("'a\u{2028}b\tc\0d'", .string("a\u{2028}b\tc\0d")),
      ("// x\n/* y ** / */ [] // z", .array([])),
      ("//\u{2029}{}", .object(JSON5Object())),
      ("\u{FEFF}\u{A0}\u{3000}\u{B}\u{C}null\u{FEFF}", .null),
    ] as [(String, JSON5Value.Kind)])
  func value(_ text: String, _ kind: JSON5Value.Kind) throws {
    #expect(try JSON5.parse(Array(text.utf8)).kind == kind)
  }

  @Test(
    arguments: [
      ("0", 0, 0), ("-0", 0, 0), ("+7", 7, 7), ("12345678901", 12_345_678_901, 12_345_678_901),
      ("9223372036854775807", 0x1p63, .max),
      ("-9223372036854775808", -0x1p63, .min),
      ("9223372036854775808", 0x1p63, nil),
      ("9007199254740993", 0x1p53, 9_007_199_254_740_993),
      ("1.5", 1.5, nil), ("5.", 5, 5), (".5", 0.5, nil), ("-.5e1", -5, -5), ("1e3", 1000, 1000),
      ("1.50e1", 15, 15), ("1E-1", 0.1, nil), ("10e-1", 1, 1), ("0.0e99999999999999999999", 0, 0),
      ("1e-99999999999999999999", 0, nil), ("1e19", 1e19, nil), ("0x1F", 31, 31), ("-0Xff", -255, -255),
      ("0x7fffffffffffffff", 0x1p63, .max), ("-0x8000000000000000", -0x1p63, .min),
      ("0x8000000000000000", 0x1p63, nil), ("0x1" + String(repeating: "0", count: 20), 0x1p80, nil),
      ("Infinity", .infinity, nil), ("-Infinity", -.infinity, nil), ("+Infinity", .infinity, nil),
    ] as [(String, Double, Int64?)])
  func number(_ text: String, _ double: Double, _ integer: Int64?) throws {
    let value = try JSON5.parse(Array(text.utf8))
    #expect(value.kind == .number(JSON5Number(double: double, integer: integer)))
  }

  @Test(arguments: ["NaN", "-NaN", "+NaN"])
  func notANumber(_ text: String) throws {
    guard case .number(let number) = try JSON5.parse(Array(text.utf8)).kind else {
      Issue.record("no number")
      return
    }
    #expect(number.double.isNaN && number.integer == nil)
  }

  @Test func objectsKeepOrderAndPositions() throws {
    let text = "\u{FEFF}{\r\n  zeta: 1,\r  'al pha' : [ 2,\n 3, ],\n\u{E9}\\u0061_$9: {}, \"\": null,}"
    guard case .object(let object) = try JSON5.parse(Array(text.utf8)).kind else {
      Issue.record("no object")
      return
    }
    #expect(object.members.map(\.key) == ["zeta", "al pha", "éa_$9", ""])
    #expect(object.members.map(\.position) == [at(2, 3), at(3, 3), at(5, 1), at(5, 17)])
    #expect(object.members.map(\.value.position) == [at(2, 9), at(3, 14), at(5, 13), at(5, 21)])
    guard case .array(let elements)? = object["al pha"]?.kind else {
      Issue.record("no array")
      return
    }
    #expect(elements.map(\.position) == [at(3, 16), at(4, 2)])
    #expect(object["absent"] == nil)
  }

  @Test func columnsCountScalars() throws {
    guard case .array(let elements) = try JSON5.parse(Array("['e\u{301}😀', 1]".utf8)).kind else {
      Issue.record("no array")
      return
    }
    #expect(elements.map(\.position) == [at(1, 2), at(1, 9)])
  }

  @Test func positionAtPathIsThatOfTheDeepestWrittenPart() throws {
    let value = try JSON5.parse(Array("{ a: { b: 1 } }".utf8))
    #expect(value.position(at: ["a", "b"]) == at(1, 11))
    #expect(value.position(at: ["a", "c"]) == at(1, 6))
    #expect(value.position(at: ["x", "c"]) == at(1, 1))
  }

  @Test func nestingUpToTheLimit() throws {
    let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(throws: Never.self) { try JSON5.parse(Array(text.utf8)) }
  }

  @Test func sizeUpToTheLimit() throws {
    let text = Array(repeating: UInt8(ascii: " "), count: JSON5.maximumSize - 1) + [UInt8(ascii: "0")]
    #expect(throws: Never.self) { try JSON5.parse(text) }
  }
}

func at(_ line: Int, _ column: Int) -> TextPosition { TextPosition(line: line, column: column) }
