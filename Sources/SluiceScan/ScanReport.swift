/// All that a scan saw.
package struct ScanReport: Sendable {
  package var legacy: [LegacyPath] = []
  package var tcp: [TCPEndpoint] = []
  package var unix: [UnixEndpoint] = []
  package var scripts: [Script] = []
  package var findings: [Finding] = []
  /// What this scan could not see, a sentence each.
  package var limits: [String] = []
  package var processes = 0
  package var filesRead = 0

  package init() {}

  package func count(_ severity: Severity) -> Int { findings.count { $0.rule.severity == severity } }
}
