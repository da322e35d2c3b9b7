/// Modes as chmod(1) takes them.
package enum Octal {
  package static func mode(_ mode: UInt32) -> String { "0" + String(mode & 0o7777, radix: 8) }
}
