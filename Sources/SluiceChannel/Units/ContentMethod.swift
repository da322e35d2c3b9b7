/// What a content of the drop dialect asks for, as `CONTENT=METHOD`.
package struct ContentMethod: ParsedText {
  package let content: String
  package let method: String
  package var description: String { "\(content)=\(method)" }

  package static let expectation = "a content and its method such as 'list=tools/list'"
  package static let reasonAgainstNumbers: String? = "a content is a string"

  package init(parsing text: String) throws(TextProblem) {
    guard let equals = text.lastIndex(of: "="), equals != text.startIndex,
      text.index(after: equals) != text.endIndex, text.utf8.count <= 1024
    else { throw TextProblem("expected \(Self.expectation), found \(text.quoted)") }
    content = String(text[..<equals])
    method = String(text[text.index(after: equals)...])
  }
}
