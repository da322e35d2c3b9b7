/// What is known of the program behind a message at the moment in which it was received.
package enum ProcessEvidence: Sendable, Equatable {
  /// Nothing that a rule could build on, and why: not looked up, not supported, gone, changed.
  case unknown(reason: String)
  /// The sending process ran this program before and after the message was received.
  case program(Program)

  /// A message, or a part of it, was sent before the program was looked up, perhaps by another one in the same process.
  /// Sent again over the same connection it counts.
  package static let early = ProcessEvidence.unknown(
    reason: "sent before the sending program was looked up; send it again on the same connection")

  /// Of a file's or a FIFO's writer no process is left to ask about.
  package static let absent = ProcessEvidence.unknown(reason: SenderEvidence.whyAbsent)

  /// The program, where it is known.
  package var program: Program? {
    if case .program(let program) = self { program } else { nil }
  }

  /// A program by its file: the path is a name for records, the digest is what a rule compares.
  package struct Program: Sendable, Equatable {
    package let path: String
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    package let sha256: String

    package init(path: String, sha256: String) {
      self.path = path
      self.sha256 = sha256
    }
  }
}
