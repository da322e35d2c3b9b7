import SluiceChannel
import Testing

/// Texts that are no JSON5, with the exact place and sentence.
@Suite struct JSON5RefuseTests {
  @Test(arguments: [
    ("", "line 1, column 1: expected a value, found the end of the text"),
    ("\u{FEFF}", "line 1, column 1: expected a value, found the end of the text"),
    ("\0", #"line 1, column 1: expected a value, found '\u{0}'"#),
    ("{} {}", "line 1, column 4: expected the end of the text, found '{'"),
    ("[1 2]", "line 1, column 4: expected ',' or ']' in an array, found '2'"),
    ("[,]", "line 1, column 2: expected a value, found ','"),
    ("[1,,]", "line 1, column 4: expected a value, found ','"),
    ("{,}", "line 1, column 2: expected a key or '}', found ','"),
    ("{a 1}", "line 1, column 4: expected ':' after key 'a', found '1'"),
    ("{a:}", "line 1, column 4: expected a value, found '}'"),
    ("{a:1 b:2}", "line 1, column 6: expected ',' or '}' in an object, found 'b'"),
    ("{1a:1}", "line 1, column 2: expected a key or '}', found '1'"),
    ("{a:1,\n 'a':2}", "line 2, column 2: key 'a' is here a second time; the first is at line 1, column 2"),
    (#"{a:1, \u0061:2}"#, "line 1, column 7: key 'a' is here a second time; the first is at line 1, column 2"),
    ("{access: group}", "line 1, column 10: 'group' is not a value; a string needs quotes"),
    ("nulll", "line 1, column 1: 'nulll' is not a value; a string needs quotes"),
    ("/*", "line 1, column 1: the comment that starts here never ends"),
    ("/* /", "line 1, column 1: the comment that starts here never ends"),
    ("/", "line 1, column 1: expected a value, found '/'"),
    ("'a", "line 1, column 1: the string that starts here never ends"),
    ("'a\\", "line 1, column 1: the string that starts here never ends"),
    ("'a\nb'", "line 1, column 3: the string that starts at column 1 does not end on its line"),
    (#"'\1'"#, #"line 1, column 2: '\1' is not an escape"#),
    (#"'\01'"#, #"line 1, column 2: '\0' may not be followed by a digit"#),
    (#"'\xg0'"#, "line 1, column 4: expected 2 hexadecimal digits in an escape, found 'g'"),
    (#"'\u12'"#, "line 1, column 6: expected 4 hexadecimal digits in an escape, found '''"),
    (#"'\uD800'"#, "line 1, column 2: this escape is half of a surrogate pair"),
    (#"'\uD800\n'"#, "line 1, column 2: this escape is half of a surrogate pair"),
    (#"'\uD800\uD800'"#, "line 1, column 2: this escape is half of a surrogate pair"),
    (#"'\uDC00\uD800'"#, "line 1, column 2: this escape is half of a surrogate pair"),
    (#"{a\n: 1}"#, "line 1, column 3: only '\\u' escapes may stand in an unquoted key"),
    (#"{\u0020: 1}"#, "line 1, column 2: this escape stands for nothing that an unquoted key may hold"),
    (#"{\uD800: 1}"#, "line 1, column 2: this escape stands for nothing that an unquoted key may hold"),
    ("01", "line 1, column 1: a number may not start with a superfluous zero"),
    ("-", "line 1, column 2: expected a digit, found the end of the text"),
    (".", "line 1, column 2: expected a digit, found the end of the text"),
    ("+-1", "line 1, column 2: expected a digit, found '-'"),
    ("- 1", "line 1, column 2: expected a digit, found ' '"),
    ("1e", "line 1, column 3: expected a digit of the exponent, found the end of the text"),
    ("0x", "line 1, column 3: expected a hexadecimal digit, found the end of the text"),
    ("0xg", "line 1, column 3: expected a hexadecimal digit, found 'g'"),
    ("1.2.3", "line 1, column 4: '.' may not stand in or right after a number"),
    ("30s", "line 1, column 3: 's' may not stand in or right after a number"),
    ("-Infinit", "line 1, column 1: 'Infinit' is not a number"),
    ("1e999", "line 1, column 1: this number is too large"),
    ("1e99999999999999999999", "line 1, column 1: this number is too large"),
    ("\u{1B}[31m", #"line 1, column 1: expected a value, found '\u{1B}'"#),
  ])
  func text(_ text: String, _ message: String) {
    let error = #expect(throws: JSON5Error.self) { try JSON5.parse(Array(text.utf8)) }
    #expect(error?.description == message)
  }

  @Test(
    arguments: [
      [0xFF], [0xC0, 0x80], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
    ] as [[UInt8]])
  func invalidUTF8(_ bytes: [UInt8]) {
    let error = #expect(throws: JSON5Error.self) { try JSON5.parse(Array("{\n a: '".utf8) + bytes + Array("'}".utf8)) }
    #expect(error?.description == "line 2, column 6: the text is not UTF-8 from here on")
  }

  @Test(arguments: [65, 100_000, 1 << 20])
  func deepNesting(_ depth: Int) {
    for open in ["[", "{a:"] where open.utf8.count * depth <= JSON5.maximumSize {
      let error = #expect(throws: JSON5Error.self) {
        try JSON5.parse(Array(String(repeating: open, count: depth).utf8))
      }
      #expect(error?.text == "arrays and objects are nested deeper than 64 levels")
    }
  }

  @Test func tooLong() {
    let error = #expect(throws: JSON5Error.self) { try JSON5.parse(Array(repeating: 0x20, count: 1_048_577)) }
    #expect(error?.text == "the text has 1048577 bytes, more than the 1048576 that are accepted")
  }

  @Test(arguments: ["9", "0.", "0x", "1e", "-", "/", "/*", "'\\", "{a", "//", "\u{301}"])
  func longRunsOfOneThingNeverTrap(_ unit: String) {
    let text = Array(String(repeating: unit, count: 100_000).utf8)
    // Most are refused, some are not; neither may trap or take long.
    _ = try? JSON5.parse(text)
    let error = #expect(throws: JSON5Error.self) { try JSON5.parse(text + [0xFF]) }
    #expect(error?.text == "the text is not UTF-8 from here on")
  }
}
