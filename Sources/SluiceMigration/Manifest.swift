package import SluiceChannel

/// A migration: data that says how a channel gets from one phase to the next, and back. No shell text, no code.
package struct Manifest: Equatable, Sendable {
  /// Something on disk that the phase needs.
  package struct Object: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
      case directory
      case lockFile = "lock-file"
      case runFile = "run-file"
      case fifo
      case socket
    }
    package var name: String
    package var kind: Kind
    /// Which of the channel's paths it is, such as `runtime` or `fifo`.
    package var place: Place
    package var mode: UInt32
    /// Mode where the channel's group has access.
    package var groupMode: UInt32
  }

  /// Paths that a manifest can name; the channel file says where they are.
  package enum Place: String, CaseIterable, Sendable {
    case runtime, lock, claimed, replies, fifo, socket
    case runFile = "run-file"

    package func path(_ layout: ChannelLayout) -> String {
      switch self {
      case .runtime: layout.runtimeDirectory
      case .lock: layout.lockFile
      case .claimed: layout.claimedDirectory
      case .replies: layout.repliesDirectory
      case .runFile: layout.runFile
      case .fifo: layout.fifo
      case .socket: layout.socket
      }
    }
  }

  package struct Gates: Equatable, Sendable {
    /// Probes through each open route.
    package var canaries: Int
    /// Most nanoseconds that a probe may take.
    package var latency: Int64
    /// Nanoseconds for which the ledger must balance after the cut-over.
    package var settle: Int64
    /// Nanoseconds for which nobody must take a drop before the relay does; nil where that is not asked.
    package var oldServer: Int64?
    /// Nanoseconds for which nobody may have used the legacy path before it is sealed; 0 where nothing is sealed.
    package var quiet: Int64

    package init(canaries: Int, latency: Int64, settle: Int64, oldServer: Int64? = nil, quiet: Int64 = 0) {
      self.oldServer = oldServer
      self.canaries = canaries
      self.latency = latency
      self.settle = settle
      self.quiet = quiet
    }
  }

  package var id: String
  package var title: String
  package var from: Phase
  package var to: Phase
  package var objects: [Object]
  package var gates: Gates

  /// What the manifest means, one `key = value` a line, whatever its layout and comments: this is remembered when it is
  /// applied, and compared when it is used again.
  package var meaning: String {
    var lines = ["id = \(id)", "from = \(from.name)", "to = \(to.name)"]
    for object in objects {
      lines.append("objects.\(object.name).kind = \(object.kind.rawValue)")
      lines.append("objects.\(object.name).at = \(object.place.rawValue)")
      lines.append("objects.\(object.name).mode = 0\(String(object.mode, radix: 8))")
      lines.append("objects.\(object.name).groupMode = 0\(String(object.groupMode, radix: 8))")
    }
    lines.append("gates.canaries = \(gates.canaries)")
    lines.append("gates.latency = \(gates.latency) ns")
    lines.append("gates.settle = \(gates.settle) ns")
    if let oldServer = gates.oldServer { lines.append("gates.oldServer = \(oldServer) ns") }
    // Manifests that were applied before there was this key mean what they meant.
    if gates.quiet != 0 { lines.append("gates.quiet = \(gates.quiet) ns") }
    return lines.joined(separator: "\n")
  }

  /// The first key in which two meanings differ, with both values.
  package static func difference(_ applied: String, _ now: String) -> String? {
    guard applied != now else { return nil }
    return differences(applied, now).first.map { "\($0.key) \($0.text)" } ?? "its order of objects changed"
  }

  /// A key in which two meanings differ, and both values in words.
  package struct Difference: Equatable, Sendable {
    package let key: String
    package let text: String
  }

  /// All keys in which two meanings differ; none where only the order of objects does.
  package static func differences(_ applied: String, _ now: String) -> [Difference] {
    func table(_ text: String) -> [String: String] {
      var table: [String: String] = [:]
      for line in text.split(separator: "\n") {
        guard let equals = line.firstIndex(of: "=") else { continue }
        table[line[..<equals].trimmed] = line[line.index(after: equals)...].trimmed
      }
      return table
    }
    let before = table(applied)
    let after = table(now)
    return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }.map { key in
      Difference(
        key: key, text: "was \(before[key] ?? "absent") when it was applied and is \(after[key] ?? "absent") now")
    }
  }
}

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
