/// Why the server could not start, in a sentence for the operator.
package struct ServiceFailure: Error, Sendable, CustomStringConvertible {
  package let kind: TransportFailure.Kind
  package let description: String

  package init(_ kind: TransportFailure.Kind, _ text: String) {
    self.kind = kind
    description = text
  }
  package init(_ failure: TransportFailure) { self.init(failure.kind, failure.text) }
}
