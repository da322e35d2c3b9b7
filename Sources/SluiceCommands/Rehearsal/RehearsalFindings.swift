internal import SluiceChannel

/// What a child's `verify --json` says, in one sentence.
enum RehearsalFindings {
  static func worst(_ json: String) -> String? {
    guard let value = try? JSON5.parse(Array(json.utf8)), case .object(let object) = value.kind,
      case .array(let findings)? = object["findings"]?.kind
    else { return nil }
    var lines: [String] = []
    for case .object(let finding) in findings.map(\.kind) {
      guard case .string(let verdict)? = finding["verdict"]?.kind, verdict != "proven",
        case .string(let subject)? = finding["subject"]?.kind, case .string(let text)? = finding["finding"]?.kind
      else { continue }
      lines.append("\(verdict): \(subject): \(text)")
    }
    return lines.isEmpty ? nil : lines.prefix(3).joined(separator: "; ")
  }
}
