/// What an operator says beside `retire` itself.
package struct RetirementOrder: Sendable {
  /// What the scan of scripts found.
  package var found: [FoundCaller] = []
  package var waivers: [QuietWindow.Waiver] = []
  /// A seal that lets something through is taken all the same.
  package var acceptsWeakSeal = false
  package init() {}
}
