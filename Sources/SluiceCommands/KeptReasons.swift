internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem
internal import SluiceCommandLine

/// Why messages were kept aside, and whose they were: from the audit log.
struct KeptReasons {
  struct Fact {
    let uid: Int64?
    let reason: String
  }
  /// Lines that are remembered; of more, the oldest are unknown.
  private static let most = 100_000

  private var facts: [String: Fact] = [:]

  init(_ layout: ChannelLayout) throws(CommandFailure) {
    var facts: [String: Fact] = [:]
    let mark = Array(#""event":"quarantined""#.utf8)
    do throws(Errno) {
      let name = String(layout.auditLog.dropFirst(layout.logDirectory.count + 1))
      let files = try AuditFiles(in: Directory.open(layout.logDirectory), name: name)
      try files.forEachLine { line, _ in
        guard Self.contains(line, mark), let record = try? JSON5.parse(Array(line)),
          case .object(let object) = record.kind, case .string(let id)? = object["id"]?.kind
        else { return true }
        var uid: Int64?
        var reason = ""
        if case .number(let number)? = object["uid"]?.kind { uid = number.integer }
        if case .string(let text)? = object["reason"]?.kind { reason = text }
        if facts.count >= Self.most { facts = [:] }
        facts[id] = Fact(uid: uid, reason: reason)
        return true
      }
    } catch {
      guard error == .noSuchFile else { throw CommandFailure(.failed, "cannot read \(layout.auditLog): \(error)") }
    }
    self.facts = facts
  }

  subscript(id: String) -> Fact? { facts[id] }

  /// Whether the event stands near the beginning of the line, where every record has it.
  private static func contains(_ line: ArraySlice<UInt8>, _ mark: [UInt8]) -> Bool {
    var rest = line.prefix(128)
    while let quote = rest.firstIndex(of: UInt8(ascii: "\"")) {
      if line[quote...].starts(with: mark) { return true }
      rest = rest[(quote + 1)...]
    }
    return false
  }
}
