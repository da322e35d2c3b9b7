import SluiceChannel
import Testing

/// Channel files with mistakes, and the exact lines that they give.
@Suite struct ChannelFileBadTests {
  /// What stands on line 2, after `{ format: 1, channel: 'a',` on line 1.
  @Test(arguments: [
    ("legcy: {}", ["c:2:1: legcy: unknown key; did you mean 'legacy'?"]),
    ("limits: { Rate: '1/s' }", ["c:2:11: limits.Rate: unknown key; did you mean 'rate'?"]),
    (
      "audit: { colour: 1 }", ["c:2:10: audit.colour: unknown key; known are mode, seal, rotate, keep"]
    ),
    (
      "stem: ''", ["c:2:7: stem: '' is not a file name stem: 1 to 32 of A-Z, a-z, 0-9, '.', '_' and '-', first not '.'"]
    ),
    ("stem: 'relay'", ["c:2:7: stem: stem 'relay' would give the channel's socket the name of another: 'relay.sock'"]),
    (
      "user: 1000",
      [
        "c:2:7: user: expected an account name or an id in digits, found the number 1000; "
          + "an id is written as a string, such as '1000'"
      ]
    ),
    ("group: 'a b'", ["c:2:8: group: 'a b' is not an account name or an id in digits"]),
    ("access: 'world'", ["c:2:9: access: expected one of 'user', 'group', found 'world'"]),
    ("access: 'group'", ["c:2:9: access: 'group' needs the key group, which is missing"]),
    ("access: 'group', group: ''", ["c:2:25: group: '' is not an account name or an id in digits"]),
    ("paths: 1", ["c:2:8: paths: expected an object, found a number"]),
    ("paths: { runtime: 'run' }", ["c:2:19: paths.runtime: path 'run' must be absolute"]),
    (
      "paths: { state: '/run/a' }",
      ["c:2:17: paths.state: is the runtime directory too, whose files do not outlive a reboot"]
    ),
    ("paths: { log: '/run/a' }", ["c:2:15: paths.log: is the runtime directory too"]),
    ("legacy: { input: '/x', bad: '/x' }", ["c:2:29: legacy.bad: is the same file as legacy.input"]),
    (
      "legacy: { input: '/run/a/mcp_in.json' }",
      ["c:2:18: legacy.input: '/run/a/mcp_in.json' lies in '/run/a', a directory of the channel's own"]
    ),
    ("legacy: { writers: 'any' }", ["c:2:20: legacy.writers: expected one of 'members', 'anyone', found 'any'"]),
    (
      "legacy: { consume: 'lingr' }",
      ["c:2:20: legacy.consume: expected one of 'take', 'linger', found 'lingr'; did you mean 'linger'?"]
    ),
    ("legacy: { linger: '2h' }", ["c:2:19: legacy.linger: must be from 1ms to 1h, found 2h"]),
    ("limits: { message: '65M' }", ["c:2:20: limits.message: must be from 1K to 64M, found 65M"]),
    ("limits: { message: 1023 }", ["c:2:20: limits.message: must be from 1K to 64M, found 1023"]),
    ("limits: { connections: 0 }", ["c:2:24: limits.connections: must be from 1 to 65536, found 0"]),
    ("limits: { connections: 65537 }", ["c:2:24: limits.connections: must be from 1 to 65536, found 65537"]),
    (
      "limits: { perUserConnections: 1.5 }",
      ["c:2:31: limits.perUserConnections: expected a whole number from 1 to 65536, found 1.5"]
    ),
    (
      "limits: { rate: 10 }",
      ["c:2:17: limits.rate: expected a rate such as '10/s' or '100/1h', found the number 10; a period is needed"]
    ),
    ("limits: { idle: '0s' }", ["c:2:17: limits.idle: must be from 1ms to 7d, found 0s"]),
    ("limits: { firstByte: '8d' }", ["c:2:22: limits.firstByte: must be from 1ms to 7d, found 8d"]),
    ("limits: { output: '2G' }", ["c:2:19: limits.output: must be from 1K to 1G, found 2G"]),
    ("handler: {}", ["c:2:10: handler.kind: is required and missing"]),
    ("handler: { command: ['/x'] }", ["c:2:10: handler.kind: is required and missing"]),
    (
      "handler: { kind: 'exce' }",
      [
        "c:2:18: handler.kind: expected one of 'builtin', 'exec', 'stdio', 'socket', 'file-drop', found 'exce'; "
          + "did you mean 'exec'?"
      ]
    ),
    ("handler: { kind: 'builtin', command: [] }", ["c:2:38: handler.command: belongs to kind 'exec', 'stdio' only"]),
    (
      "handler: { kind: 'exec', command: ['/x'], spare: true, path: '/y' }",
      [
        "c:2:50: handler.spare: belongs to kind 'stdio' only",
        "c:2:62: handler.path: belongs to kind 'socket', 'file-drop' only",
      ]
    ),
    ("handler: { kind: 'stdio' }", ["c:2:10: handler.command: is required and missing"]),
    ("handler: { kind: 'socket' }", ["c:2:10: handler.path: is required and missing"]),
    ("handler: { kind: 'file-drop' }", ["c:2:10: handler.path: is required and missing"]),
    (
      "handler: { kind: 'stdio', command: ['/x'], children: 0, deadline: '0s', linger: '8d', output: 1, spare: 1 }",
      [
        "c:2:54: handler.children: must be from 1 to 4096, found 0",
        "c:2:67: handler.deadline: must be from 1ms to 7d, found 0s",
        "c:2:81: handler.linger: must be from 1ms to 7d, found 8d",
        "c:2:95: handler.output: must be from 1K to 1G, found 1",
        "c:2:105: handler.spare: expected true or false, found a number",
      ]
    ),
    (
      "handler: { kind: 'stdio', command: ['/x'], environment: ['HOME', '1A=b', 'SLUICE_PEER_UID=0', 'PROTO=TCP'] }",
      [
        "c:2:58: handler.environment[0]: expected a variable such as 'HOME=/srv/parrot', found 'HOME'",
        "c:2:66: handler.environment[1]: expected a variable such as 'HOME=/srv/parrot', found '1A=b'",
        "c:2:74: handler.environment[2]: 'SLUICE_PEER_UID=0': variables that begin with SLUICE_ are sluice's own",
        "c:2:95: handler.environment[3]: 'PROTO=TCP': variables that begin with PROTO are sluice's own",
      ]
    ),
    (
      "handler: { kind: 'stdio', command: ['/x'], contents: ['=m', 'c='] }",
      [
        "c:2:55: handler.contents[0]: expected a content and its method such as 'list=tools/list', found '=m'",
        "c:2:61: handler.contents[1]: expected a content and its method such as 'list=tools/list', found 'c='",
      ]
    ),
    (
      "handler: { kind: 'file-drop', path: '/tmp/mcp_in.json' }",
      ["c:2:37: handler.path: is a legacy path, which the relay claims; give the old server another"]
    ),
    (
      "handler: { kind: 'file-drop', path: '/run/a/in' }",
      ["c:2:37: handler.path: '/run/a/in' lies in '/run/a', a directory of the channel's own"]
    ),
    (
      "handler: { kind: 'socket', path: '/run/a/up.sock' }",
      ["c:2:34: handler.path: '/run/a/up.sock' lies in '/run/a', a directory of the channel's own"]
    ),
    ("handler: { kind: 'exec' }", ["c:2:10: handler.command: is required and missing"]),
    ("handler: { kind: 'exec', command: [] }", ["c:2:35: handler.command: needs at least the program's absolute path"]),
    ("handler: { kind: 'exec', command: [ 'sh', '-c' ] }", ["c:2:37: handler.command[0]: path 'sh' must be absolute"]),
    (
      "handler: { kind: 'exec', command: '/x' }",
      ["c:2:35: handler.command: expected an array of strings, found a string"]
    ),
    (
      "handler: { kind: 'exec', command: ['/x', 1], concurrency: 257, deadline: '0s', output: 1, comand: 1 }",
      [
        "c:2:42: handler.command[1]: expected a string, found a number",
        "c:2:59: handler.concurrency: must be from 1 to 256, found 257",
        "c:2:74: handler.deadline: must be from 1ms to 7d, found 0s",
        "c:2:88: handler.output: must be from 1K to 1G, found 1",
        "c:2:91: handler.comand: unknown key; did you mean 'command'?",
      ]
    ),
    (
      "socket: { mode: '0666' }",
      ["c:2:17: socket.mode: mode 0666 grants something to every user of this host; that needs allowAnyone: true"]
    ),
    (
      "socket: { mode: '0604' }",
      ["c:2:17: socket.mode: mode 0604 grants something to every user of this host; that needs allowAnyone: true"]
    ),
    ("socket: { mode: '0700' }", ["c:2:17: socket.mode: mode 0700 has execute bits, which mean nothing on a socket"]),
    (
      "socket: { mode: '0777', allowAnyone: true }",
      ["c:2:17: socket.mode: mode 0777 has execute bits, which mean nothing on a socket"]
    ),
    (
      "socket: { mode: '2660' }",
      ["c:2:17: socket.mode: mode 2660 has a set-ID or sticky bit, which mean nothing on a socket"]
    ),
    ("socket: { allowAnyone: 1 }", ["c:2:24: socket.allowAnyone: expected true or false, found a number"]),
    ("socket: { http: 'on' }", ["c:2:17: socket.http: expected true or false, found a string"]),
    ("relay: { user: '' }", ["c:2:16: relay.user: '' is not an account name or an id in digits"]),
    ("relay: { quarantine: '1025G' }", ["c:2:22: relay.quarantine: must be from 0 to 1024G, found 1025G"]),
    ("relay: { pending: 0 }", ["c:2:19: relay.pending: must be from 1 to 1000000, found 0"]),
    ("audit: { mode: '0700' }", ["c:2:16: audit.mode: mode 0700 has execute, set-ID or sticky bits; a log needs none"]),
    ("audit: { mode: '0602' }", ["c:2:16: audit.mode: mode 0602 lets every user of this host write the audit log"]),
    ("audit: { rotate: '1K' }", ["c:2:18: audit.rotate: must be from 64K to 1024G, found 1K"]),
    ("audit: { seal: '2m' }", ["c:2:16: audit.seal: must be from 0s to 1m, found 2m"]),
    ("policy: { rule: [] }", ["c:2:11: policy.rule: unknown key; did you mean 'rules'?"]),
    ("policy: { rules: {} }", ["c:2:18: policy.rules: expected an array of objects, found an object"]),
    ("policy: { rules: [{}] }", ["c:2:19: policy.rules[0].effect: is required and missing"]),
    (
      "policy: { rules: [{ effect: 'alow' }] }",
      ["c:2:29: policy.rules[0].effect: expected one of 'allow', 'deny', found 'alow'; did you mean 'allow'?"]
    ),
    (
      "policy: { rules: [{ effect: 'allow', user: ['a'] }] }",
      ["c:2:38: policy.rules[0].user: unknown key; did you mean 'users'?"]
    ),
    (
      "policy: { rules: [{ effect: 'allow', users: [] }] }",
      ["c:2:45: policy.rules[0].users: is empty and would match nobody; leave the key out to match everybody"]
    ),
    (
      "policy: { rules: [{ effect: 'allow', users: [1000] }] }",
      [
        "c:2:46: policy.rules[0].users[0]: expected an account name or an id in digits, found the number 1000; "
          + "an id is written as a string, such as '1000'"
      ]
    ),
    (
      "policy: { rules: [{ effect: 'deny', rate: '1/s', perMessageSender: true }] }",
      [
        "c:2:43: policy.rules[0].rate: belongs to effect 'allow' only",
        "c:2:68: policy.rules[0].perMessageSender: belongs to effect 'allow' only",
      ]
    ),
    (
      "policy: { rules: [{ effect: 'allow', methods: ['tools/list:x'] }] }",
      [
        "c:2:48: policy.rules[0].methods[0]: 'tools/list:x' could never match: "
          + "only tools/call, prompts/get, resources/read have a target"
      ]
    ),
    (
      "policy: { rules: [{ effect: 'allow', executables: [{ path: '/x' }] }] }",
      ["c:2:52: policy.rules[0].executables[0].sha256: is required and missing"]
    ),
    (
      "policy: { rules: [{ effect: 'allow', executables: [{ sha256: 'abc' }] }] }",
      [
        "c:2:62: policy.rules[0].executables[0].sha256: expected a SHA-256: 64 hexadecimal digits, "
          + "as sha256sum prints them, found 'abc'"
      ]
    ),
    (
      "policy: { rules: [{ effect: 'allow', attestation: 'kernal' }] }",
      [
        "c:2:51: policy.rules[0].attestation: expected one of 'kernel', 'file-owner', 'relayed', 'none', "
          + "found 'kernal'; did you mean 'kernel'?"
      ]
    ),
    (
      "policy: { rules: [{ name: 'a', effect: 'deny' }, { name: 'a', effect: 'deny' }] }",
      ["c:2:50: policy.rules[1]: the name 'a' is another rule's already"]
    ),
    (
      "policy: { rules: [{ name: 'a b', effect: 'deny' }] }",
      [
        "c:2:27: policy.rules[0].name: expected a name: 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', found 'a b'"
      ]
    ),
    ("audit: {},\naudit: {}", ["c:3:1: key 'audit' is here a second time; the first is at line 2, column 1"]),
  ])
  func secondLine(_ line: String, _ expected: [String]) {
    let error = #expect(throws: ChannelFileError.self) {
      try parse("{ format: 1, channel: 'a',\n\(line) }", fileName: "c")
    }
    #expect(error?.lines == expected)
    #expect(error?.description == expected.joined(separator: "\n"))
  }

  @Test(arguments: [
    ("", ["c:1:1: expected a value, found the end of the text"]),
    ("[]", ["c:1:1: expected an object, found an array"]),
    ("{}", ["c:1:1: format: is required and missing", "c:1:1: channel: is required and missing"]),
    ("{ format: 2, channel: 'a' }", ["c:1:11: format: this version reads format 1, found 2"]),
    (
      "{ format: '1', channel: 'A' }",
      [
        "c:1:11: format: expected a whole number from 0 to 9223372036854775807, found a string",
        "c:1:25: channel: 'A' is not a channel name: 1 to 64 of a-z, 0-9, '.', '_' and '-', first a letter or digit",
      ]
    ),
    (
      "{ format: 1, chanel: 'a' }",
      ["c:1:1: channel: is required and missing", "c:1:14: chanel: unknown key; did you mean 'channel'?"]
    ),
    (
      "{ format: 1, channel: '..', stem: 1,\n limits: { rate: '1' },\n}",
      [
        "c:1:23: channel: '..' is not a channel name: 1 to 64 of a-z, 0-9, '.', '_' and '-', first a letter or digit",
        "c:1:35: stem: expected a file name stem such as 'mcp', found a number",
        "c:2:18: limits.rate: expected a rate such as '10/s' or '100/1h', found '1'",
      ]
    ),
  ])
  func wholeFile(_ text: String, _ expected: [String]) {
    let error = #expect(throws: ChannelFileError.self) { try parse(text, fileName: "c") }
    #expect(error?.lines == expected)
  }
}

/// What the units and lists of a channel file are bounded by.
@Suite struct ChannelFileBoundTests {
  private func problems(_ text: String) -> String {
    do throws(ChannelFileError) {
      _ = try ChannelFile.parse(bytes: Array("{ format: 1, channel: 'a',\n\(text) }".utf8), fileName: "c")
      return ""
    } catch { return error.description }
  }

  @Test(arguments: [
    ("user: '4294967295'", "c:2:7: user: '4294967295' is beyond the largest account id, 4294967294"),
    (
      "policy: { rules: [" + String(repeating: "{ name: 'r', effect: 'allow', users: ['root'] },", count: 2000) + "] }",
      "policy.rules: must be at most "
    ),
    (
      "handler: { kind: 'exec', command: ['/bin/sh'], environment: ["
        + (0...64).map { "'V\($0)=1'," }.joined() + "] }", "handler.environment: must be at most 64 variables, found 65"
    ),
  ]) func aBoundIsNamed(text: String, part: String) {
    #expect(problems(text).contains(part), "\(problems(text).prefix(300))")
  }

  @Test func aChannelsNameLeadsNowhereElse() {
    #expect(throws: TextProblem.self) { _ = try ChannelName(parsing: "a..b") }
    do throws(TextProblem) {
      _ = try ChannelName(parsing: "a..b")
    } catch { #expect(error.text == "'a..b' is not a channel name: it may not contain '..'") }
  }
}
