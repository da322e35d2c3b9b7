package import SluiceChannel
internal import SluiceStore

/// A run that has not ended: its process was killed, or what it needed to go on or back was not there.
package struct InterruptedRun: Equatable, Sendable {
  package var number: Int64
  package var verb: String
  package var source: Phase
  package var target: Phase
  package var manifest: String
  /// What its manifest meant when it began.
  package var meaning: String
  /// Why it was being taken back; nil where it was not.
  package var undoing: String?
  /// The last step that it intended, from 1, and its verb; nil before the first.
  package var step: (number: Int, verb: String)?

  package init(
    number: Int64, verb: String, source: Phase, target: Phase, manifest: String, meaning: String,
    undoing: String? = nil, step: (number: Int, verb: String)? = nil
  ) {
    self.number = number
    self.verb = verb
    self.source = source
    self.target = target
    self.manifest = manifest
    self.meaning = meaning
    self.undoing = undoing
    self.step = step
  }

  package static func == (left: InterruptedRun, right: InterruptedRun) -> Bool {
    left.number == right.number && left.verb == right.verb && left.source == right.source
      && left.target == right.target && left.manifest == right.manifest && left.meaning == right.meaning
      && left.undoing == right.undoing && left.step?.number == right.step?.number && left.step?.verb == right.step?.verb
  }

  /// Whether it can only be finished: the certificate of a retirement is being written, or is.
  package var isBeyondReturn: Bool {
    guard target == .retired, let step else { return false }
    return step.number >= Planner.retirementIsFinalAt
  }

  package var isUp: Bool { target > source }

  /// `run 7, apply file-drop -> run-file, was interrupted at step 4 (open)`
  package var description: String { "\(name), was interrupted \(place)" }

  /// `run 7, apply file-drop -> run-file, is running (process 4711), at step 4 (open)`
  package func description(runBy pid: Int32) -> String { "\(name), is running (process \(pid)), \(place)" }

  private var name: String { "run \(number), \(verb) \(source.name) -> \(target.name)" }
  private var place: String { step.map { "at step \($0.number) (\($0.verb))" } ?? "before its first step" }

  static func read(_ state: State) throws(MigrationFailure) -> InterruptedRun? {
    do throws(StoreFailure) {
      guard let move = try state.interruptedMove(), let source = Phase(rawValue: move.run.source),
        let target = Phase(rawValue: move.run.target)
      else { return nil }
      let last = try state.steps(ofRun: move.run.number).last
      return InterruptedRun(
        number: move.run.number, verb: move.run.verb, source: source, target: target, manifest: move.manifest,
        meaning: move.meaning, undoing: move.undoing, step: last.map { (Int($0.position) + 1, $0.verb) })
    } catch { throw MigrationFailure(error) }
  }
}
