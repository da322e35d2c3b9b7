import SluiceCommandLine
import Testing

struct KeyValueBlockTests {
  private func block() -> KeyValueBlock {
    var block = KeyValueBlock(indent: 2)
    block.add("phase", TextCell("socket", .green))
    block.add("waits for", "a quiet window of seven days")
    block.add("note", "")
    block.add("p\u{1B}d", "1\n2")
    return block
  }

  @Test func aligned() {
    #expect(
      block().text() == """
          phase      socket
          waits for  a quiet window of seven days
          note
          pd         1\\n2

        """)
  }

  @Test func wrappedAndTinted() {
    #expect(
      block().text(width: 30, style: Style(.coloured)) == """
          phase      \u{1B}[32msocket\u{1B}[0m
          waits for  a quiet window of
                     seven days
          note
          pd         1\\n2

        """)
  }

  /// Where too little is left beside the keys, what does not fit stands below its own.
  @Test func narrow() {
    var block = block()
    block.add("/a/very/long/path", "read")
    block.add("/a/very/long/path/more", "read, write")
    #expect(
      block.text(width: 30) == """
          phase  socket
          waits for
            a quiet window of seven
            days
          note
          pd  1\\n2
          /a/very/long/path  read
          /a/very/long/path/more
            read, write

        """)
    #expect(block.text(width: 0).split(separator: "\n").count == 17)
  }
}
