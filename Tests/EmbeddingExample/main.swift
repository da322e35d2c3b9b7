import SluiceServer
import SluiceTransports

// EmbeddingExample serve FILE ROOT          a channel whose handler is a function of this program
// EmbeddingExample call FILE ROOT MESSAGE   one call of it
let words = CommandLine.arguments
guard words.count >= 4 else { throw Usage() }
let channel = try ChannelConfiguration(file: words[2], root: words[3])

if words[1] == "serve" {
  let server = try ChannelServer(channel) { request in
    guard request.method == "greet", let uid = request.peer.uid else {
      return .error(code: -32601, message: "Unknown method")
    }
    return .result(json: #"{"greeting":"hello, user \#(uid)"}"#)
  }
  try server.run()
} else if let message = words.dropFirst(4).first {
  print(try ChannelClient(channel).request(message))
}

struct Usage: Error {}
