/// Where the readers of one document's objects put what they find wrong.
///
/// Shared by reference, so that a reader of an inner object needs no way back to its outer one.
package final class ProblemList {
  private var found: [ChannelProblem] = []

  package init() {}

  package func append(_ problem: ChannelProblem) {
    found.append(problem)
  }

  /// In the order of their places; those at the same place in the order in which they were found.
  package var problems: [ChannelProblem] {
    found.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }.map(\.element)
  }
}
