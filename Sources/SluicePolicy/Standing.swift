/// What a policy says of a caller before it has said anything: looked up once, so that a message costs little.
package enum Standing: Sendable {
  /// Every message of the caller's ends so.
  case decided(Decision)
  /// The places of the rules that may match, in their order, up to the first that always does.
  case open([Int])
}
