/// All that is wrong with one channel file or manifest.
package struct ChannelFileError: Error, Hashable, Sendable, CustomStringConvertible {
  package let fileName: String
  /// At least one, in the order of their places.
  package let problems: [ChannelProblem]

  package init(fileName: String, problems: [ChannelProblem]) {
    self.fileName = fileName
    self.problems = problems
  }

  /// One line a problem: `FILE:LINE:COLUMN: KEYPATH: text`.
  package var lines: [String] { problems.map { $0.line(in: fileName) } }
  package var description: String { lines.joined(separator: "\n") }
}
