internal import SluiceSystem

/// All that runs by itself: crontabs, the periodic directories, and systemd's timers.
package struct ScheduleBook: Sendable {
  struct Entry: Sendable {
    let command: String
    let schedule: Schedule
  }

  private(set) var entries: [Entry] = []
  /// Commands of services that have a /tmp of their own, and the unit.
  private(set) var privateTmp: [(command: String, unit: String)] = []
  private let root: String

  static let unitDirectories = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"]
  static let periodic = ["hourly", "daily", "weekly", "monthly", "yearly"]
  /// No more files of a directory are read.
  static let fileLimit = 4096

  /// - Parameter root: is put before every path.
  package init(root: String) {
    self.root = root
    readCrontab("/etc", "crontab", namesUser: true)
    for name in names("/etc/cron.d") { readCrontab("/etc/cron.d", name, namesUser: true) }
    for directory in ["/var/spool/cron/crontabs", "/var/spool/cron"] {
      for name in names(directory) { readCrontab(directory, name, namesUser: false) }
    }
    for period in Self.periodic {
      let directory = "/etc/cron.\(period)"
      for name in names(directory) {
        add("\(directory)/\(name)", Schedule(when: period, source: directory, user: "root"))
      }
    }
    readUnits()
  }

  /// The files that may name a path themselves.
  package static let places =
    ["/etc/cron.d", "/var/spool/cron/crontabs", "/var/spool/cron"] + periodic.map { "/etc/cron.\($0)" }
    + ["/etc/systemd/system", "/run/systemd/system"]

  /// When a script runs: every entry whose command names its path.
  package func schedules(of script: String) -> [Schedule] {
    entries.filter { Self.names($0.command, script) }.map(\.schedule)
  }

  /// When lines of a crontab or a unit itself run: those that are the commands of entries.
  func schedules(in file: String, _ lines: [String]) -> [Schedule] {
    guard Self.places.contains(where: { file.hasPrefix("\($0)/") }) || file == "/etc/crontab" else { return [] }
    return entries.filter { entry in
      (entry.schedule.source == file || file.hasSuffix(".service"))
        && lines.contains { $0.contains(String(decoding: Array(entry.command.utf8).prefix(100), as: UTF8.self)) }
    }.map(\.schedule)
  }

  package func privateUnits(of script: String) -> [String] {
    privateTmp.filter { Self.names($0.command, script) }.map(\.unit)
  }

  /// Whether a command names a path, as a whole.
  static func names(_ command: String, _ path: String) -> Bool {
    var text = ScriptText(naming: [path])
    return !text.mentions(in: Array(command.utf8)).isEmpty
  }

  private mutating func add(_ command: String, _ schedule: Schedule) {
    guard entries.count < 65_536 else { return }
    entries.append(Entry(command: command, schedule: schedule))
  }

  private func names(_ directory: String) -> [String] {
    guard let held = try? Directory.open(root + directory), let names = try? held.names() else { return [] }
    return Array(names.filter { !$0.hasPrefix(".") }.sorted().prefix(Self.fileLimit))
  }

  private func text(_ directory: String, _ name: String) -> String? {
    guard let held = try? Directory.open(root + directory), let status = (try? held.status(of: name)) ?? nil,
      status.kind == .regular, let bytes = (try? held.contents(of: name, limit: 1 << 20)) ?? nil
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func readCrontab(_ directory: String, _ name: String, namesUser: Bool) {
    guard let text = text(directory, name) else { return }
    for line in text.split(whereSeparator: \.isNewline) {
      guard let entry = CrontabLine(line, namesUser: namesUser) else { continue }
      add(
        entry.command,
        Schedule(when: entry.when, source: "\(directory)/\(name)", user: entry.user ?? (namesUser ? nil : name)))
    }
  }

  private mutating func readUnits() {
    var services: [String: UnitFile] = [:]
    var timers: [(name: String, path: String, file: UnitFile)] = []
    // The first directory wins, as it does in systemd.unit(5).
    var known: Set<String> = []
    for directory in Self.unitDirectories {
      for name in names(directory) where name.hasSuffix(".service") || name.hasSuffix(".timer") {
        guard known.insert(name).inserted, let text = text(directory, name) else { continue }
        let unit = UnitFile(text)
        if name.hasSuffix(".timer") {
          timers.append((name, "\(directory)/\(name)", unit))
        } else {
          services[name] = unit
          if unit.hasPrivateTmp { for command in unit.commands { privateTmp.append((command, name)) } }
        }
      }
    }
    for timer in timers {
      let name = timer.file.unit ?? "\(timer.name.dropLast(6)).service"
      guard let service = services[name] else { continue }
      let when = timer.file.triggers.joined(separator: " ")
      for command in service.commands {
        add(command, Schedule(when: when, source: timer.path, user: service.user))
      }
    }
  }
}
