internal import SluiceSystem

/// Whether a log's name still leads to the file that its service writes: something else may rotate or edit it. What was
/// put there is kept aside, and all records are put back.
package struct LogWatch {
  /// Nanoseconds from one look to the next, off the path of messages.
  package static let interval: Int64 = 1_000_000_000

  /// Something to say, and under which name a foreign file is kept, for the record.
  package struct Finding: Equatable, Sendable {
    package let text: String
    package let foreign: String?
  }

  private let path: String
  /// `server` or `relay`.
  private let writer: String
  private var foreign: String?
  /// What an operator is to see to, as long as it stands.
  package private(set) var trouble: String?

  package init(path: String, writer: String) {
    self.path = path
    self.writer = writer
  }

  /// - Parameter time: nanoseconds since 1970.
  /// - Returns: nil where there is nothing new.
  package mutating func look(at log: AuditLog, time: Int64) -> Finding? {
    do throws(Errno) {
      if let kept = foreign, !log.keeps(kept) {
        foreign = nil
        trouble = nil
      }
      guard try log.isReplaced() else {
        if foreign == nil { trouble = nil }
        return nil
      }
      guard let kept = try log.putBack(at: time) else {
        return Finding(
          text:
            "\(path) was taken away while the \(writer) wrote it: all of its records are there again; \(Self.remedy)",
          foreign: nil)
      }
      foreign = kept
      let place = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      let text =
        "\(path) was replaced while the \(writer) wrote it: all of its records are there again, and what was put there is"
        + " kept as \(place)\(kept); \(Self.remedy), then move that file away"
      trouble = text
      return Finding(text: text, foreign: kept)
    } catch {
      let text =
        "\(path) was replaced while the \(writer) writes it, and cannot be put back: \(error); \(Self.remedy)"
      defer { trouble = text }
      return text == trouble ? nil : Finding(text: text, foreign: nil)
    }
  }

  private static let remedy = "let nothing else rotate or edit it (audit.rotate and audit.keep of the channel file do)"
}
