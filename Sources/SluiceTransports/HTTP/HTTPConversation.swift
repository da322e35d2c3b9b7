package import SluiceWire

/// A conversation whose peer speaks HTTP: one request after the other, each answered once.
package protocol HTTPConversation: Conversation {
  func answer(_ answer: HTTPAnswer)
}

/// What the sink keeps for a conversation that may turn out to be HTTP.
package protocol HTTPSession: ConversationSession {
  /// The peer speaks HTTP from here on: refusals are answered so.
  func beganHTTP()
  /// One request with its whole body. It is answered through the conversation, at once or later; false asks to hold the
  /// next one back until `Conversation.resume`.
  func requested(_ request: HTTPRequest, _ body: RawSpan, byteCount: Int) -> Bool
}
