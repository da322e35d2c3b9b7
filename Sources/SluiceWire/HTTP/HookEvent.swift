/// The name of a hook's event, as the URL says it.
package enum HookEvent {
  /// What its method begins with, for policy and records.
  package static let methodPrefix = "hook/"
  private static let longest = 64

  /// Letters, digits, `.`, `_` and `-`, 1 to 64 of them: it reaches patterns, records and variables, and must not need
  /// an escape in any.
  package static func isValid(_ text: some StringProtocol) -> Bool {
    (1...longest).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

extension Message {
  /// The event of a hook; nil in every other dialect.
  package var hookEvent: String? {
    guard dialect == .hook, method.hasPrefix(HookEvent.methodPrefix) else { return nil }
    return String(method.dropFirst(HookEvent.methodPrefix.count))
  }
}

extension Message {
  /// What policy and records are told of a question over HTTP.
  package static func question(_ method: String) -> Message {
    Message(dialect: .hook, kind: .request, id: .absent, method: method, target: nil, isEnvelope: false)
  }
}
