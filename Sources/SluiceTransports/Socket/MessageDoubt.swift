internal import SluicePolicy

/// Which messages of a stream hold bytes that are doubted.
///
/// Bytes come in pieces, each doubted or not as a whole. A message is doubted if any piece of it is: the one that was
/// begun by an earlier piece carries that one's doubt.
struct MessageDoubt {
  private var carried: ProcessEvidence?
  private var current: ProcessEvidence?

  /// A piece comes in; `continues` says whether bytes of an unfinished message wait for it.
  mutating func pieceBegins(_ doubt: ProcessEvidence?, continues: Bool) {
    carried = continues ? carried ?? current : nil
    current = doubt
  }

  /// The doubt of the message that is being handed on.
  var ofMessage: ProcessEvidence? { carried ?? current }

  /// What follows in the piece was begun in it.
  mutating func messageEnded() { carried = nil }
}
