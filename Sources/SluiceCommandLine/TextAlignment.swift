/// Where text stands in its column.
package enum TextAlignment: Sendable {
  case left
  case right
}
