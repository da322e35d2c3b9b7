import SluiceScan

enum ScheduleCheck {
  /// An entry that is written again with single blanks is read as the same.
  static func check(crontab text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      for namesUser in [false, true] {
        guard let entry = CrontabLine(line, namesUser: namesUser) else { continue }
        precondition(!entry.when.isEmpty && !entry.command.isEmpty && (entry.user != nil) == namesUser)
        let again = ([entry.when] + (entry.user.map { [$0] } ?? []) + [entry.command]).joined(separator: " ")
        precondition(
          CrontabLine(again[...], namesUser: namesUser) == entry, "\(again.debugDescription) is read otherwise")
      }
    }
  }
}
