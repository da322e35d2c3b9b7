/// Splits at single spaces; `''` stands for an empty word.
func words(_ line: String) -> [String] {
  line.split(separator: " ").map { $0.split(separator: "''", omittingEmptySubsequences: false).joined() }
}
