internal import SluiceSystem
internal import SluiceCommandLine

/// The first error in writing results, kept until the command is done: what it did is done, whoever reads about it.
final class OutputFault {
  private var first: Errno?

  func note(_ error: Errno?) { first = first ?? error }

  /// Whether anything could not be written.
  var isThere: Bool { first != nil }

  /// Throws when a result did not reach standard output, such as on a full disk.
  func check() throws(CommandFailure) {
    guard let first else { return }
    throw CommandFailure(
      .failed, "cannot write the result to standard output: \(first); write it elsewhere and run the command again")
  }
}
