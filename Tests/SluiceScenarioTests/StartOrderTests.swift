import SluiceSystem
import Testing

/// The services start in any order, and outlive what a reboot of the runtime directory does.
@Suite(.serialized, .printsLogs)
struct StartOrderTests {
  @Test func aRelayThatStartsFirstConnects() throws {
    try Rehearsal.run { channel in
      // Not even what the channel's directory stands in is there.
      try channel.shell("rmdir $ROOT/run")
      try channel.relay()
      try channel.serve("--phase", "fifo")
      try channel.waitForRelay()
      let mode = try channel.shell("stat -c %a $DIR").output
      #expect(mode == "700\n")
      try channel.shell(#"echo '{"method":"ping"}' > $DROP"#)
      try eventually("the drop is handled") { try channel.count("file-drop", "handled") == 1 }
    }
  }

  @Test func aWipedRuntimeDirectoryUnderARelayIsFoundAgain() throws {
    try Rehearsal.run { channel in
      let (server, relay) = try channel.open("fifo")
      server.kill()
      try channel.shell("rm -rf $DIR")
      try channel.serve("--phase", "fifo")
      try channel.waitForRelay()
      try channel.shell(#"echo '{"method":"ping"}' > $DROP"#)
      try eventually("the drop is handled") { try channel.count("file-drop", "handled") == 1 }
      try eventually("the relay says what it cannot do any more") {
        relay.log.contains("cannot hold \(channel.fifo) open") && relay.log.contains("start the relay again")
      }
    }
  }
}

/// Two channels on a host.
@Suite(.serialized, .printsLogs)
struct TwoChannelsTests {
  @Test func theirOwnSocketsAreNotTakenForOne() throws {
    try Rehearsal.run { one in
      try Rehearsal.run { two in
        try one.open("socket")
        try two.open("socket")
        let outcome = try one.sluice("scan", "--json")
        #expect(outcome.output.contains("mcp.sock"), "\(outcome)")
        #expect(!outcome.output.contains("unix-path-shared"), "\(outcome)")
      }
    }
  }
}
