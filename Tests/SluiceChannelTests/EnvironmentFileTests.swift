import SluiceChannel
import Testing

/// Environment files, taken as text.
@Suite struct EnvironmentFileTests {
  @Test(
    arguments: [
      ("", [:]),
      ("# only\n\n  # comments\n", [:]),
      ("PARROT_IPC_DIR=/a", ["PARROT_IPC_DIR": "/a"]),
      ("  export\tPARROT_IPC_DIR=/a  # why\r\n", ["PARROT_IPC_DIR": "/a"]),
      (
        "PARROT_IPC_DIR=\"/a b\"\nPARROT_MCP_INPUT='/c $d `e`'",
        ["PARROT_IPC_DIR": "/a b", "PARROT_MCP_INPUT": "/c $d `e`"]
      ),
      (#"PARROT_IPC_DIR="/\$a\"\\\`\n""#, ["PARROT_IPC_DIR": #"/$a"\`\n"#]),
      (#"PARROT_IPC_DIR=/a\ b\$c"#, ["PARROT_IPC_DIR": "/a b$c"]),
      ("PARROT_IPC_DIR=/a#b", ["PARROT_IPC_DIR": "/a#b"]),
      ("PARROT_IPC_DIR=", ["PARROT_IPC_DIR": ""]),
      ("PARROT_IPC_DIR=''  ", ["PARROT_IPC_DIR": ""]),
      ("PARROT_IPC_DIR=/a=b", ["PARROT_IPC_DIR": "/a=b"]),
      ("PARROT_IPC_DIR=/a\nPARROT_IPC_DIR='/a'", ["PARROT_IPC_DIR": "/a"]),
      ("OTHER=$(rm -rf /)\nLOG=`x`\nset -a\nif true; then\nPARROT_RATE_LIMIT=5\nfi", ["PARROT_RATE_LIMIT": "5"]),
      ("PARROT_IPC_DIR_OLD=/x\nMY_PARROT_IPC_DIR=/y", [:]),
      ("mkdir -p \"$PARROT_IPC_DIR\"\nexport PARROT_IPC_DIR", [:]),
      ("TEXT='one\nPARROT_IPC_DIR\n'\n# it's fine\nPARROT_RATE_LIMIT=1", ["PARROT_RATE_LIMIT": "1"]),
    ] as [(String, [String: String])])
  func values(_ text: String, _ expected: [String: String]) throws {
    #expect(try EnvironmentFile.parse(Array(text.utf8)).values == expected)
  }

  @Test func linesAreRemembered() throws {
    let file = try EnvironmentFile.parse(Array("# x\nA='1\n2'\nPARROT_MCP_BAD=/b\n".utf8))
    #expect(file.lines == ["PARROT_MCP_BAD": 4])
  }

  @Test func whatIsPassedOverIsSaid() throws {
    let text = "# x\nset -a\nOTHER=1\nPARROT_IPC_DIR=/a\nhello there\nPARROT_IPCDIR=/b\nMORE='a\nb'\nfi\n"
    let ignored = try EnvironmentFile.parse(Array(text.utf8)).ignored
    #expect(ignored.map(\.line) == [2, 5, 6, 9])
    #expect(
      ignored.map(\.text) == [
        "no KEY=value line: set -a", "no KEY=value line: hello there", "PARROT_IPCDIR is no variable that sluice reads",
        "no KEY=value line: fi",
      ])
  }

  private static let evaluated = "stands for, and none is run; write the plain value"

  @Test(arguments: [
    ("\nPARROT_IPC_DIR=$HOME/x", "line 2: PARROT_IPC_DIR: only a shell could say what '$' \(evaluated)"),
    ("PARROT_IPC_DIR=\"$(id)\"", "line 1: PARROT_IPC_DIR: only a shell could say what '$' \(evaluated)"),
    ("PARROT_IPC_DIR=`id`", "line 1: PARROT_IPC_DIR: only a shell could say what '`' \(evaluated)"),
    ("PARROT_IPC_DIR=\"a`id`\"", "line 1: PARROT_IPC_DIR: only a shell could say what '`' \(evaluated)"),
    ("PARROT_IPC_DIR=\"${X:-/y}\"", "line 1: PARROT_IPC_DIR: only a shell could say what '$' \(evaluated)"),
    ("PARROT_IPC_DIR=~/x", "line 1: PARROT_IPC_DIR: only a shell could say what '~' \(evaluated)"),
    ("PARROT_IPC_DIR=\"a\"b", "line 1: PARROT_IPC_DIR: quotes must stand around the whole value"),
    ("PARROT_IPC_DIR='a'b", "line 1: PARROT_IPC_DIR: quotes must stand around the whole value"),
    ("PARROT_IPC_DIR=a'b'", "line 1: PARROT_IPC_DIR: ''' in a value needs quotes around the whole value"),
    ("PARROT_IPC_DIR=a; rm x", "line 1: PARROT_IPC_DIR: ';' in a value needs quotes around the whole value"),
    ("PARROT_IPC_DIR=a cmd", "line 1: PARROT_IPC_DIR: white space in a value needs quotes around the whole value"),
    ("PARROT_IPC_DIR=a\\", "line 1: PARROT_IPC_DIR: the value ends in a backslash"),
    ("PARROT_IPC_DIR='a\nb'", "line 1: PARROT_IPC_DIR: the value contains a control character"),
    ("PARROT_IPC_DIR=a\0b", "line 1: PARROT_IPC_DIR: the value contains a control character"),
    ("PARROT_IPC_DIR=/a\n\nPARROT_IPC_DIR=/b", "line 3: PARROT_IPC_DIR: is set to another value on line 1"),
    ("X=1 PARROT_IPC_DIR=/b", "line 1: PARROT_IPC_DIR: is set here in a way that is no plain KEY=value line"),
    (": ${PARROT_IPC_DIR:=/b}", "line 1: PARROT_IPC_DIR: is set here in a way that is no plain KEY=value line"),
    ("PARROT_IPC_DIR+=/b", "line 1: PARROT_IPC_DIR: is set here in a way that is no plain KEY=value line"),
    // Only looks like an assignment; refused rather than guessed, and never taken for one.
    ("T='\nPARROT_IPC_DIR=b\n'", "line 1: PARROT_IPC_DIR: is set here in a way that is no plain KEY=value line"),
    ("declare -x PARROT_IPC_DIR=/b", "line 1: PARROT_IPC_DIR: is set here in a way that is no plain KEY=value line"),
    ("PARROT_IPC_DIR=/b\nX=\"\n\n", "line 2: the quote that opens on this line is never closed"),
    (
      "PARROT_IPC_DIR=$a\nPARROT_MCP_BAD=`b`",
      "line 1: PARROT_IPC_DIR: only a shell could say what '$' \(evaluated)\n"
        + "line 2: PARROT_MCP_BAD: only a shell could say what '`' \(evaluated)"
    ),
  ])
  func refused(_ text: String, _ expected: String) {
    let error = #expect(throws: EnvironmentError.self) { try EnvironmentFile.parse(Array(text.utf8)) }
    #expect(error?.description == expected)
  }

  @Test func notUTF8AndTooLong() {
    let notUTF8 = #expect(throws: EnvironmentError.self) { try EnvironmentFile.parse([0x41, 0xFF]) }
    #expect(notUTF8?.description == "the file is not UTF-8")
    let tooLong = #expect(throws: EnvironmentError.self) {
      try EnvironmentFile.parse(Array(repeating: 0x0A, count: 1_048_577))
    }
    #expect(tooLong?.description == "the file has 1048577 bytes, more than the 1048576 that are accepted")
  }

  @Test func truncationNeverTraps() throws {
    let bytes = Array(
      "export PARROT_IPC_DIR=\"/a\\\"b\" # c\r\nX='é\n'\nPARROT_MCP_BAD=/b\\ c\n: ${PARROT_RATE_LIMIT:=1}\n".utf8)
    var refused = 0
    for count in 0...bytes.count {
      do throws(EnvironmentError) {
        _ = try EnvironmentFile.parse(Array(bytes[..<count]))
      } catch {
        #expect(!error.problems.isEmpty)
        refused += 1
      }
    }
    #expect(refused > 0 && refused < bytes.count)
  }
}
