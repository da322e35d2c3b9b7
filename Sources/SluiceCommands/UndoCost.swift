internal import SluiceChannel
internal import SluiceMigration
internal import SluiceServer

/// What going back would take, once the plan was carried out.
struct UndoCost {
  /// Seconds that the old server's loop takes for a message: it looks once a second.
  private static let secondsForOne: Int64 = 1

  let command: String
  let steps: Int
  /// Messages that are on their way now; those that would be on their way then are as many, as far as anybody can say.
  let messages: Int64
  /// nil where messages are not handed back to the old server.
  let seconds: Int64?

  /// nil where there is nothing to undo.
  init?(_ phases: [PlannedPhase], _ current: Phase, _ status: StatusReport?, _ given: GivenOptions) {
    guard let last = phases.last else { return nil }
    command = given.completing("sluice \(last.isUp ? "rollback" : "apply") --to \(current.name)")
    steps = phases.reduce(0) {
      $0 + (last.isUp ? Planner.steps(down: $1.manifest) : Planner.steps(up: $1.manifest)).count
    }
    messages = Int64((status?.server?.inFlight ?? 0) + (status?.server?.relayPending ?? 0))
    seconds = last.isUp && current == .fileDrop ? messages * Self.secondsForOne : nil
  }

  var text: String {
    var text = "\(command): \(steps) steps"
    let count = messages == 1 ? "1 message is" : "\(messages) messages are"
    if let seconds {
      text += "; what is on its way then is handed back in order (\(count) now)"
      if seconds > 0 { text += ", about \(seconds) s at an old server's one a second" }
    } else {
      text += "; no message is sent again (\(count) on their way now)"
    }
    return text
  }
}
