import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// A program of its own that serves and calls a channel through the library products.
@Suite(.serialized, .printsLogs)
struct EmbeddingTests {
  private static let example =
    Places.instrumented.prefix(through: Places.instrumented.lastIndex(of: "/") ?? "".startIndex)
    + "EmbeddingExample"

  @Test func aProgramServesAndCallsAChannel() throws {
    try Rehearsal.run { channel in
      let words = [String(Self.example), "", channel.channelFile, channel.root]
      func call(_ message: String) throws -> Outcome {
        try RunningProgram([words[0], "call", words[2], words[3], message]).end()
      }
      let absent = try call(#"{"method":"greet"}"#)
      #expect(absent.status != 0 && absent.errors.contains("start it with: sluice serve"), "\(absent)")
      let server = try RunningProgram([words[0], "serve", words[2], words[3]], keepsInput: true)
      try eventually("it serves") {
        try server.pump()
        if let status = server.status { throw ScenarioFailure("it ended: \(status)") }
        return try channel.sluice("send", "--transport", "socket", #"{"method":"greet"}"#).status == 0
      }
      let user = Process.effectiveUser
      let greeting = #"{"greeting":"hello, user \#(user)"}"#
      #expect(try call(#"{"method":"greet"}"#).output == #"{"result":\#(greeting)}"# + "\n")
      #expect(
        try call(#"{"jsonrpc":"2.0","id":"a","method":"greet"}"#).output
          == #"{"jsonrpc":"2.0","id":"a","result":\#(greeting)}"# + "\n")
      #expect(
        try call(#"{"jsonrpc":"2.0","id":1,"method":"no"}"#).output
          == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Unknown method"}}"# + "\n")
      #expect(try call(#"{"method":"no"}"#).output == #"{"error":"Unknown method"}"# + "\n")
      let bad = try call("no json")
      #expect(bad.status != 0 && bad.errors.contains("nothing was sent"), "\(bad)")
      // Whatever serves it, it is the channel's: its commands and records are as ever.
      #expect(try channel.status().number("connections") != nil)
      try eventually("the records") { try channel.events("handled").count + channel.events("failed").count >= 5 }
      try server.signal("TERM")
      #expect(try server.end(seconds: 10).status == 0)
      try channel.expectBalanced()
    }
  }
}
