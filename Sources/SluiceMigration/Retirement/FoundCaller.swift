/// A script, crontab or unit that names the legacy path, and when it runs by itself.
package struct FoundCaller: Equatable, Sendable {
  package struct Run: Equatable, Sendable {
    /// `0 3 * * *`
    package let when: String
    /// The file that says so.
    package let source: String
    package let period: QuietWindow.Scheduled.Period
    package init(when: String, source: String, period: QuietWindow.Scheduled.Period) {
      (self.when, self.source, self.period) = (when, source, period)
    }
    package var text: String { "\(when) (\(source))" }
  }
  package let path: String
  /// The first line that names it, from 1.
  package let line: Int
  package let runs: [Run]

  package init(path: String, line: Int, runs: [Run]) { (self.path, self.line, self.runs) = (path, line, runs) }

  package var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Whether a program that was seen is this script: by its path, or by what the kernel calls a script that is run.
  package func isSeen(as program: String?) -> Bool {
    guard let program else { return false }
    return program == path || program == String(fileName.utf8.prefix(15)) || program.hasSuffix("/\(fileName)")
  }
}
