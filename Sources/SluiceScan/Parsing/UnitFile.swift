/// What matters here of a systemd unit (systemd.service(5), systemd.timer(5)).
package struct UnitFile: Sendable, Equatable {
  package private(set) var commands: [String] = []
  /// `OnCalendar=...` and the like, of a timer.
  package private(set) var triggers: [String] = []
  /// The unit that a timer starts, where it is not the one of its name.
  package private(set) var unit: String?
  package private(set) var user: String?
  package private(set) var hasPrivateTmp = false

  package init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      guard let equals = line.firstIndex(of: "="), line.first != "#", line.first != ";" else { continue }
      let key = line[..<equals].filter { $0 != " " }
      let value = String(line[line.index(after: equals)...].drop { $0 == " " })
      guard !value.isEmpty else { continue }
      switch key {
      case "ExecStart", "ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop": commands.append(value)
      case "OnCalendar", "OnActiveSec", "OnBootSec", "OnStartupSec", "OnUnitActiveSec", "OnUnitInactiveSec":
        triggers.append("\(key)=\(value)")
      case "Unit": unit = value
      case "User": user = value
      case "PrivateTmp": hasPrivateTmp = !["no", "false", "0", "off"].contains(value.lowercased())
      default: continue
      }
    }
  }
}
