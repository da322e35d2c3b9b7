import SluiceScan
import Testing

@Suite struct ScriptTextTests {
  @Test(arguments: [
    ("echo x > /tmp/mcp_in.json", ScriptUse.writes), ("echo x >>/tmp/mcp_in.json", .appends),
    (#"echo x >| "/tmp/mcp_in.json""#, .writes), ("read -r l < /tmp/mcp_in.json", .reads),
    ("echo x | tee /tmp/mcp_in.json", .writes), ("echo x | sudo tee -a /tmp/mcp_in.json >/dev/null", .appends),
    ("rm -f /tmp/mcp_in.json", .deletes), ("if [ -f /tmp/mcp_in.json ]; then", .reads),
    ("while [[ ! -e /tmp/mcp_in.json ]]; do", .reads), ("mv a.tmp /tmp/mcp_in.json", .writes),
    ("mv /tmp/mcp_in.json /var/old", .moves), ("cp a /tmp/mcp_in.json", .writes), ("cp /tmp/mcp_in.json b", .reads),
    ("X=$(cat /tmp/mcp_in.json)", .reads), ("INPUT=/tmp/mcp_in.json", .names), ("dd if=a of=/tmp/mcp_in.json", .writes),
    ("inotifywait -m /tmp/mcp_in.json", .watches), (#"open("/tmp/mcp_in.json", "w")"#, .writes),
    (#"open('/tmp/mcp_in.json', 'a')"#, .appends), (#"f = open("/tmp/mcp_in.json")"#, .reads),
    (#"os.remove("/tmp/mcp_in.json")"#, .deletes), (#"Path("/tmp/mcp_in.json").write_text(x)"#, .writes),
    (#"print("/tmp/mcp_in.json")"#, .names), ("cat <<< /tmp/mcp_in.json", .reads),
    ("LANG=C grep -q ping /tmp/mcp_in.json && rm x", .reads), ("chmod 666 /tmp/mcp_in.json", .names),
  ])
  func uses(line: String, use: ScriptUse) {
    var text = ScriptText(naming: ["/tmp/mcp_in.json", "mcp_in.json"])
    #expect(text.mentions(in: Array(line.utf8)).map(\.use) == [use])
  }

  @Test(arguments: [
    "# rm /tmp/mcp_in.json", "rm /tmp/mcp_in.json.new", "rm /tmp/mcp_in.jsonl", "rm /tmp/xmcp_in.json",
    "rm /tmp/mcp_in.json-1", "", "\n\n",
  ])
  func others(line: String) {
    var text = ScriptText(naming: ["/tmp/mcp_in.json", "mcp_in.json"])
    #expect(text.mentions(in: Array(line.utf8)).isEmpty)
  }

  @Test func variablesAreFollowed() {
    var text = ScriptText(naming: ["/tmp/mcp_in.json"])
    let script = """
      #!/bin/sh
      INPUT="${INPUT:-/tmp/mcp_in.json}"
      cat hello
      echo x > "$INPUT"\r
      rm -f "${INPUT}"
      """
    let found = text.mentions(in: Array(script.utf8))
    #expect(found.map(\.line) == [2, 4, 5])
    #expect(found.map(\.use) == [.names, .writes, .deletes])
  }

  @Test func mentionsAreBounded() {
    var text = ScriptText(naming: ["mcp_in.json"])
    let long = String(repeating: "x ", count: 4000) + "mcp_in.json\n"
    let found = text.mentions(in: Array(String(repeating: long, count: 300).utf8))
    #expect(found.count == ScriptText.limit && found.allSatisfy { $0.text.utf8.count <= 160 })
  }

  @Test func programsAreNoText() {
    #expect(!ScriptText.isText([0x7F, 0x45, 0x4C, 0x46, 0]))
    #expect(ScriptText.isText(Array("#!/bin/sh\n".utf8)))
  }
}
