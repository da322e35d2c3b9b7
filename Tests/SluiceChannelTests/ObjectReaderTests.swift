import SluiceChannel
import Testing

/// The reader on its own, as manifests use it.
@Suite struct ObjectReaderTests {
  private enum Colour: String, CaseIterable { case red, green }

  private func lines(_ text: String, _ body: (ObjectReader) -> Void) -> [String] {
    do throws(ChannelFileError) {
      try ObjectReader.document(Array(text.utf8), fileName: "f") { reader in
        body(reader)
        return ()
      }
      return []
    } catch {
      return error.lines
    }
  }

  @Test func goodValues() throws {
    let text = """
      { s: 'x', i: 0x10, b: true, d: '5s', n: 2048, m: '1K', f: '640', r: '1/s', a: ['p', 'q'], p: ['/a'],
        o: { x: 1 }, l: [{ x: 1 }, { x: 2 }], c: 'green', named: { one: { x: 1 }, 'two 2': { x: 2 } } }
      """
    let found = lines(text) { reader in
      #expect(reader.string("s") == "x")
      #expect(reader.integer("i", in: 16...16) == 16)
      #expect(reader.boolean("b") == true)
      #expect(reader.duration("d") == .seconds(5))
      #expect(reader.byteCount("n") == 2048)
      #expect(reader.byteCount("m", in: 1...1024) == 1024)
      #expect(reader.fileMode("f")?.rawValue == 0o640)
      #expect(reader.rate("r")?.count == 1)
      #expect(reader.strings("a") == ["p", "q"])
      #expect(reader.allParsed("p", as: AbsolutePath.self)?.map(\.rawValue) == ["/a"])
      #expect(reader.object("o") { $0.integer("x", in: 0...9) } == 1)
      #expect(reader.objects("l") { $0.integer("x", in: 0...9) } == [1, 2])
      #expect(reader.choice("c", as: Colour.self) == .green)
      let named = reader.namedObjects("named") { name, inner in inner.integer("x", in: 0...9).map { "\(name)=\($0)" } }
      #expect(named?.map(\.value) == ["one=1", "two 2=2"])
      #expect(reader.string("absent") == nil)
      #expect(reader.keys.first == "s")
    }
    #expect(found == [])
  }

  @Test(arguments: [
    ("{k: 1}", "string", "f:1:5: k: expected a string, found a number"),
    ("{k: null}", "string", "f:1:5: k: expected a string, found null"),
    ("{k: 'a\\0b'}", "string", "f:1:5: k: a string may not contain NUL"),
    ("{}", "string", "f:1:1: k: is required and missing"),
    ("{k: 'true'}", "boolean", "f:1:5: k: expected true or false, found a string"),
    ("{k: '3'}", "integer", "f:1:5: k: expected a whole number from 1 to 9, found a string"),
    ("{k: 1.5}", "integer", "f:1:5: k: expected a whole number from 1 to 9, found 1.5"),
    ("{k: Infinity}", "integer", "f:1:5: k: expected a whole number from 1 to 9, found inf"),
    ("{k: NaN}", "integer", "f:1:5: k: expected a whole number from 1 to 9, found nan"),
    ("{k: 10}", "integer", "f:1:5: k: must be from 1 to 9, found 10"),
    ("{k: -9223372036854775808}", "integer", "f:1:5: k: must be from 1 to 9, found -9223372036854775808"),
    (
      "{k: 30}", "duration",
      "f:1:5: k: expected a time span such as '30s', found the number 30; units are needed: ns, us, ms, s, m, h or d"
    ),
    ("{k: '2h'}", "duration", "f:1:5: k: must be from 1s to 1h, found 2h"),
    ("{k: -1}", "byteCount", "f:1:5: k: expected a number of bytes such as 65536 or '64K', found -1"),
    ("{k: []}", "byteCount", "f:1:5: k: expected a number of bytes such as 65536 or '64K', found an array"),
    ("{k: '2M'}", "byteCount", "f:1:5: k: must be from 1K to 1M, found 2M"),
    (
      "{k: 0750}", "fileMode", "f:1:5: a number may not start with a superfluous zero"
    ),
    (
      "{k: 750}", "fileMode",
      "f:1:5: k: expected a mode such as '0750', found the number 750; a mode must be a quoted string of octal digits, "
        + "because as a number 750 would mean 01356"
    ),
    (
      "{k: 10}", "rate",
      "f:1:5: k: expected a rate such as '10/s' or '100/1h', found the number 10; a period is needed"
    ),
    ("{k: 'gren'}", "choice", "f:1:5: k: expected one of 'red', 'green', found 'gren'; did you mean 'green'?"),
    ("{k: 'blue'}", "choice", "f:1:5: k: expected one of 'red', 'green', found 'blue'"),
    ("{k: true}", "choice", "f:1:5: k: expected one of 'red', 'green', found a boolean"),
    ("{k: 'a'}", "strings", "f:1:5: k: expected an array of strings, found a string"),
    (
      "{k: ['a', 1, {}]}", "strings",
      "f:1:11: k[1]: expected a string, found a number|f:1:14: k[2]: expected a string, found an object"
    ),
    ("{k: ['/a', 'b']}", "paths", "f:1:12: k[1]: path 'b' must be absolute"),
    ("{k: []}", "object", "f:1:5: k: expected an object, found an array"),
    ("{k: {}}", "objects", "f:1:5: k: expected an array of objects, found an object"),
    (
      "{k: [{}, 1]}", "objects",
      "f:1:6: k[0].x: is required and missing|f:1:10: k[1]: expected an object, found a number"
    ),
    (
      "{k: {'a b': {y: 1}}}", "named",
      "f:1:13: k['a b'].x: is required and missing|f:1:14: k['a b'].y: unknown key; did you mean 'x'?"
    ),
    ("[]", "string", "f:1:1: expected an object, found an array"),
    ("{", "string", "f:1:2: expected a key or '}', found the end of the text"),
  ])
  func badValues(_ text: String, _ accessor: String, _ expected: String) {
    let found = lines(text) { reader in
      switch accessor {
      case "string": _ = reader.string("k", required: true)
      case "boolean": _ = reader.boolean("k")
      case "integer": _ = reader.integer("k", in: 1...9)
      case "duration": _ = reader.duration("k", in: .seconds(1) ... .seconds(3600))
      case "byteCount": _ = reader.byteCount("k", in: 1024...1_048_576)
      case "fileMode": _ = reader.fileMode("k")
      case "rate": _ = reader.rate("k")
      case "choice": _ = reader.choice("k", as: Colour.self)
      case "strings": _ = reader.strings("k")
      case "paths": _ = reader.allParsed("k", as: AbsolutePath.self)
      case "object": _ = reader.object("k") { _ in true }
      case "objects": _ = reader.objects("k") { $0.integer("x", in: 0...9, required: true) }
      case "named": _ = reader.namedObjects("k") { _, inner in inner.integer("x", in: 0...9, required: true) }
      default: Issue.record("no accessor \(accessor)")
      }
    }
    #expect(found == expected.split(separator: "|").map(String.init))
  }

  @Test func problemsComeInTheOrderOfTheirPlaces() {
    let found = lines("{ zz: 1,\n b: 2,\n a: 3 }") { reader in
      _ = reader.string("a")
      _ = reader.string("b")
    }
    #expect(
      found == [
        "f:1:3: zz: unknown key; known are a, b", "f:2:5: b: expected a string, found a number",
        "f:3:5: a: expected a string, found a number",
      ])
  }

  @Test func hostileKeysAreEscapedAndCut() {
    let key = "\u{1B}[2J\n" + String(repeating: "x", count: 100)
    let found = lines("{ '\(key.replacingNewline)': 1 }") { _ = $0.string("a") }
    #expect(
      found == [
        #"f:1:3: ['\u{1B}[2J\u{A}\#(String(repeating: "x", count: 59))…']: unknown key; known are a"#
      ])
  }

  @Test func manyKeysTakeNoQuadraticTime() throws {
    let text = "{n: {" + (0..<50_000).map { "k\($0):{}," }.joined() + "}}"
    let found = lines(text) { reader in
      #expect(reader.namedObjects("n") { _, _ in true }?.count == 50_000)
    }
    #expect(found == [])
  }
}

extension String {
  fileprivate var replacingNewline: String {
    split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
  }
}
