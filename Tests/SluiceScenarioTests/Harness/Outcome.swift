/// What a program that ran to its end left behind.
struct Outcome: CustomStringConvertible {
  let words: [String]
  /// Its exit status, or 128 plus the signal that ended it.
  let status: Int32
  let output: String
  let errors: String

  /// The lines of its error output, for "one clear sentence".
  var sentences: [Substring] { errors.split(separator: "\n") }
  /// The error output with each suggested command as it is written in documents: without the `--root` of the scenario.
  var hints: String {
    guard let option = words.firstIndex(of: "--root"), option + 1 < words.count else { return errors }
    return errors.replacing(" --root \(words[option + 1])", with: "")
  }
  var lines: [Substring] { output.split(separator: "\n") }

  var description: String {
    "\(words.joined(separator: " ").prefix(300)) -> \(status)\nstdout: \(output.prefix(2000))\n"
      + "stderr: \(errors.prefix(2000))"
  }
}
