/// What admission found in a message: the fields that decide, never a copy of the rest.
package struct Message: Equatable, Sendable {
  package enum Kind: String, Sendable {
    case request
    case notification
    case response
  }
  package let dialect: Dialect
  package let kind: Kind
  package let id: RequestID
  /// The method; empty for a response.
  package let method: String
  /// What the method acts on, where policy can ask for it: `params.name` of `tools/call` and `prompts/get`,
  /// `params.uri` of `resources/read`.
  package let target: String?
  /// Whether the text was an envelope (see `Envelope`): the message proper is inside.
  package let isEnvelope: Bool
  /// Of a response: whether it is an error.
  package var isError = false

  /// The same message under the method that it stands for.
  package func renamed(_ method: String) -> Message {
    Message(dialect: dialect, kind: kind, id: id, method: method, target: target, isEnvelope: isEnvelope)
  }
}
