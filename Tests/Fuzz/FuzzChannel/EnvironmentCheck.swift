import SluiceChannel

enum EnvironmentCheck {
  static func check(_ bytes: [UInt8]) {
    let newlines = bytes.count { $0 == UInt8(ascii: "\n") }
    do throws(EnvironmentError) {
      let file = try EnvironmentFile.parse(bytes)
      precondition(Set(file.values.keys) == Set(file.lines.keys))
      for line in file.lines.values { precondition((1...newlines + 1).contains(line)) }
      // What is adopted is a channel file as any other. Most texts hold nothing to adopt, and all give the same file.
      guard !file.values.isEmpty else { return }
      let adopted = try ChannelFile.adopting(environment: file.values, name: "parrot-mcp")
      ChannelFileCheck.expectRoundTrip(adopted)
      _ = adopted.variablesWithoutEffect(in: file.values)
    } catch {
      precondition(!error.problems.isEmpty, "refused without a problem")
      for problem in error.problems {
        precondition(problem.line.map { (1...newlines + 1).contains($0) } != false, "\(problem) lies below the text")
        precondition(ChannelFileCheck.isOneLine(problem.description), "\(problem) is not safe to print")
      }
    }
  }
}
