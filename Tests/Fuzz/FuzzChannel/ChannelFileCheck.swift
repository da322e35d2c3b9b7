import SluiceChannel

enum ChannelFileCheck {
  static func check(_ bytes: [UInt8]) {
    do throws(ChannelFileError) {
      expectRoundTrip(try ChannelFile.parse(bytes: bytes, fileName: "fuzz"))
    } catch {
      precondition(!error.problems.isEmpty, "refused without a problem")
      let lines = lengths(bytes)
      for problem in error.problems {
        precondition((1...lines.count).contains(problem.line), "\(problem) lies below the text")
        // One more than there are characters is the end of the line, or of the text.
        precondition((1...lines[problem.line - 1] + 1).contains(problem.column), "\(problem) lies right of its line")
        precondition(isOneLine(problem.text) && isOneLine(problem.keyPath), "\(problem) is not safe to print")
      }
    }
  }

  static func expectRoundTrip(_ file: ChannelFile) {
    let text = file.render()
    do throws(ChannelFileError) {
      let again = try ChannelFile.parse(bytes: Array(text.utf8), fileName: "again")
      precondition(file == again, "a channel file changes when it is written")
      precondition(again.render() == text)
    } catch {
      fatalError("what is written cannot be read: \(error)\n\(text)")
    }
  }

  static func isOneLine(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{7F}" }
  }

  /// The characters of each line, by the rules of `TextPosition`; at most, where the text is not UTF-8.
  private static func lengths(_ bytes: [UInt8]) -> [Int] {
    var lengths = [0]
    var last: Unicode.Scalar?
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      defer { last = scalar }
      switch scalar {
      case "\n" where last == "\r": break
      case "\n", "\r": lengths.append(0)
      default: lengths[lengths.count - 1] += 1
      }
    }
    return lengths
  }
}
