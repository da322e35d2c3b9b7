import SluiceSystem
import Testing

/// Who may not look is told so, and never that nothing is there.
@Suite(.serialized, .printsLogs, .enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
struct NotPermittedTests {
  @Test(arguments: [
    ["history"], ["history", "--json"], ["rollback", "--yes"], ["plan"], ["confirm"], ["clients"], ["verify"], ["lint"],
  ])
  func aStrangerIsNotTold(words: [String]) throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      // What is below may be looked at, the state may not; then the database alone.
      for mode in [
        "chmod -R a+rX $ROOT/etc $ROOT/migrations; chmod 0700 $ROOT/var/lib/sluice/parrot-mcp",
        "chmod 0755 $ROOT/var/lib/sluice/parrot-mcp; chmod 0600 $ROOT/var/lib/sluice/parrot-mcp/state.db",
      ] {
        try channel.shell(mode)
        let outcome = try RunningProgram(SecondUser.prefix + channel.words(words), variables: channel.variables).end()
        #expect(outcome.status == 77 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.sentences.count == 1, "\(outcome)")
      }
    }
  }
}
