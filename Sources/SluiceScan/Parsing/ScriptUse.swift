/// What a line of a script does with a path.
package enum ScriptUse: String, CaseIterable, Sendable {
  case writes, appends, reads, deletes, moves, watches, names

  /// Whether the script is a writer, who must be moved before the path can go.
  package var puts: Bool { self == .writes || self == .appends }
}
