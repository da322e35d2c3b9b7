/// An absolute path that means what it says: no `..`, no `.`, no empty component, no control character.
package struct AbsolutePath: ParsedText {
  package let rawValue: String
  package var description: String { rawValue }

  /// PATH_MAX of linux/limits.h, which counts the terminating NUL.
  package static let maximumSize = 4096
  /// NAME_MAX of linux/limits.h.
  package static let maximumComponentSize = 255

  package static let expectation = "an absolute path"

  /// For what this module itself composes of good parts.
  init(unchecked: String) {
    rawValue = unchecked
  }

  package init(parsing text: String) throws(TextProblem) {
    guard text.utf8.first == 0x2F else { throw TextProblem("path \(text.quoted) must be absolute") }
    guard text.utf8.count < Self.maximumSize else {
      throw TextProblem("a path must have less than \(Self.maximumSize) bytes; this has \(text.utf8.count)")
    }
    guard !text.unicodeScalars.contains(where: \.isControl) else {
      throw TextProblem("path \(text.quoted) contains a control character")
    }
    for component in text.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
      switch Array(component) {
      case []: throw TextProblem("path \(text.quoted) has an empty component: a doubled or trailing '/'")
      case [0x2E], [0x2E, 0x2E]:
        throw TextProblem("path \(text.quoted) has the component '\(Substring(component))'; write it without")
      case let name where name.count > Self.maximumComponentSize:
        throw TextProblem("path \(text.quoted) has a component of more than \(Self.maximumComponentSize) bytes")
      default: break
      }
    }
    rawValue = text
  }

  /// The path of `name`, a single component that the caller chose, in this directory.
  func appending(_ name: String) -> String { rawValue + "/" + name }

  /// The directory that it lies in.
  var parent: Substring { rawValue.lastIndex(of: "/").map { rawValue[..<$0] } ?? "" }

  /// This path is below `directory`, or is it.
  package func isWithin(_ directory: AbsolutePath) -> Bool {
    rawValue == directory.rawValue || rawValue.utf8.starts(with: (directory.rawValue + "/").utf8)
  }
}
