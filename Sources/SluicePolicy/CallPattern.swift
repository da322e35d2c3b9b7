/// Which calls a rule is about: a method, and after the first `:` a target; `*` in either is any text.
package struct CallPattern: Sendable, Hashable {
  /// As it was written.
  package let text: String
  private let method: Glob
  /// nil where any target will do, and none.
  private let target: Glob?

  package init(_ text: String) {
    self.text = text
    guard let colon = text.firstIndex(of: ":") else {
      method = Glob(text)
      target = nil
      return
    }
    method = Glob(text[..<colon])
    let target = Glob(text[text.index(after: colon)...])
    self.target = target.isAnything ? nil : target
  }

  package var isAnything: Bool { method.isAnything && target == nil }

  package func matches(_ call: Call) -> Bool {
    guard method.matches(call.method) else { return false }
    guard let target else { return true }
    return call.target.map(target.matches) ?? false
  }
}
