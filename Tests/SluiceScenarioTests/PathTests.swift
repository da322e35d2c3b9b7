import SluiceSystem
import SluiceTestSupport
import Testing

/// What stands in the way of a path, and whose it is.
@Suite(.serialized, .printsLogs)
struct PathTests {
  @Test(
    "T4: what is no socket at the path is refused, and nothing is removed",
    arguments: ["echo kept > $1", "mkdir $1", "mkfifo $1", "ln -s /nowhere $1", "mknod $1 c 1 3"])
  func whatIsNoSocketIsLeftAlone(_ script: String) throws {
    if script.hasPrefix("mknod"), !Privilege.isRoot { return }
    try Rehearsal.run { channel in
      let server = try channel.serve("--phase", "socket")
      try server.terminate()
      #expect(try server.end() == 0)
      let made = try channel.shell("set -- $DIR/mcp.sock; \(script)")
      #expect(made.status == 0, "\(made)")
      let before = try #require(try Files.status(channel.socket))
      let outcome = try channel.sluice("serve", "--phase", "socket")
      #expect(outcome.status == 77 && outcome.errors.contains("mcp.sock is not a socket"), "\(outcome)")
      #expect(try Files.status(channel.socket) == before)
    }
  }

  /// With the length of the whole path.
  @Test("T5: a path of 107, 108, 109 or 300 bytes works and is not cut", arguments: [107, 108, 109, 300])
  func aLongPathIsNotCut(_ length: Int) throws {
    try Rehearsal.run { channel in
      let rest = length - channel.socket.utf8.count - 1
      try #require(rest > 0)
      var root = channel.root
      var left = rest
      while left > 0 {
        // Names of at most 255 bytes, and never an empty one.
        let count = left > 201 ? 200 : left
        root += "/" + String(repeating: "d", count: max(1, count))
        try Directory.open(String(root[..<(root.lastIndex(of: "/") ?? root.startIndex)])).makeDirectory(
          String(root[root.index(after: root.lastIndex(of: "/") ?? root.startIndex)...]), mode: 0o700)
        left -= count + 1
      }
      let copied = try channel.shell(
        #"mkdir -m 755 "$1/run" && cp -r "$ROOT/etc" "$1/etc" && mkdir -m 755 "$1/var""#, root)
      #expect(copied.status == 0, "\(copied)")
      let path = "\(root)/run/parrot-mcp/mcp.sock"
      #expect(abs(path.utf8.count - length) <= 1)
      let server = try RunningProgram(
        [Places.binary, "--root", root, "serve", "--phase", "socket"], keepsInput: true)
      try server.until("ready") { $0 == "ready\n" }
      #expect(try Files.status(path)?.kind == .socket)
      let reply = try RunningProgram(
        [Places.binary, "--root", root, "send", "--request", #"{"method":"ping"}"#]).end()
      #expect(reply.output == "{\"result\":\"pong\"}\n", "\(reply)")
      server.kill()
    }
  }

  /// For the server, and for its clients.
  @Test(
    "T7: a directory that others can change is refused",
    .enabled(if: SecondUser.isAvailable, Comment(rawValue: SecondUser.reason)),
    arguments: ["chmod g+w $DIR", "chmod o+w $DIR", "chown 65534 $DIR", "chmod g+w $ROOT/run", "chown 65534 $ROOT/run"])
  func aDirectoryThatOthersCanChangeIsRefused(_ script: String) throws {
    try Rehearsal.run(isOpen: true) { channel in
      let server = try channel.serve("--phase", "socket")
      let changed = try channel.shell(script)
      #expect(changed.status == 0, "\(changed)")
      for transport in ["run-file", "fifo", "socket"] {
        let sent = try channel.sluice("send", "--transport", transport, #"{"method":"ping"}"#)
        #expect(sent.status == 77 && sent.errors.contains(channel.root), "\(sent)")
      }
      #expect(try channel.sluice("send", #"{"method":"ping"}"#).status == 77)
      server.kill()
      if script.hasSuffix("$DIR"), script.hasPrefix("chmod") { return }
      let started = try channel.sluice("serve", "--phase", "socket")
      #expect(started.status == 77 && started.errors.contains("\(channel.root)/run"), "\(started)")
    }
  }

  /// It is nobody else's to change, and still no gate.
  @Test("T7: a runtime directory that everybody may enter is refused", arguments: [0o755, 0o711, 0o701] as [UInt32])
  func aDirectoryThatIsNoGateIsRefused(_ mode: UInt32) throws {
    try Rehearsal.run { channel in
      let made = try channel.shell(#"mkdir "$DIR" && chmod "$1" "$DIR""#, String(mode, radix: 8))
      #expect(made.status == 0, "\(made)")
      for words in [["serve", "--phase", "socket"], ["serve", "--phase", "fifo"]] {
        let refused = try channel.start(words[0], words[1], words[2]).end()
        #expect(refused.status == 77 && refused.errors.contains("chmod 0700 \(channel.runtime)"), "\(refused)")
      }
      #expect(try Files.names(channel.runtime) == [])
      try channel.shell("chmod 0700 $DIR")
      try channel.serve("--phase", "socket")
    }
  }

  private static let privately = """
    set -e
    unshare -m --propagation private /bin/sh -c '
      "$1" --root "$2" serve --phase socket >"$2/out" 2>"$2/err" & server=$!
      until [ -s "$2/out" ]; do kill -0 $server || { cat "$2/err" >&2; exit 1; }; sleep 0.05; done
      grep "$2/run/parrot-mcp " /proc/mounts
      stat -c "%a %U" "$2/run/parrot-mcp"
      "$1" --root "$2" send --request "{\\"method\\":\\"ping\\"}"
      kill $server; wait $server
      "$1" --root "$2" serve --phase socket >"$2/out2" 2>"$2/err2" & server=$!
      until [ -s "$2/out2" ]; do kill -0 $server || { cat "$2/err2" >&2; exit 1; }; sleep 0.05; done
      grep -c "$2/run/parrot-mcp " /proc/mounts
      kill $server; wait $server
    ' sh "$1" "$2"
    """

  @Test(.enabled(if: Privilege.isRoot, "needs root, to mount")) func aPrivateRuntimeDirectoryIsMountedOnce() throws {
    try Rehearsal.run("paths: { privateRuntime: true },") { channel in
      let outcome = try channel.shell(Self.privately, Places.binary, channel.root)
      let lines = outcome.lines.map(String.init)
      #expect(outcome.status == 0 && lines.count == 4, "\(outcome)")
      for flag in ["tmpfs", "nosuid", "nodev", "noexec"] { #expect(lines.first?.contains(flag) == true, "\(outcome)") }
      #expect(lines.dropFirst() == ["700 root", #"{"result":"pong"}"#, "1"], "\(outcome)")
      // Outside of that mount namespace there is nothing of it.
      #expect(try !Files.exists(channel.socket))
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, Comment(rawValue: SecondUser.reason)))
  func aPrivateRuntimeDirectoryNeedsRoot()
    throws
  {
    try Rehearsal.run("paths: { privateRuntime: true },", isOpen: true, user: SecondUser.prefix) { channel in
      try channel.giveAway(to: SecondUser.id)
      let outcome = try channel.sluice("serve")
      #expect(outcome.status == 77 && outcome.errors.contains("paths.privateRuntime"), "\(outcome)")
    }
  }
}
