internal import SluiceChannel
internal import SluiceMigration
internal import SluiceSystem
internal import SluiceWire

/// A run that has not ended, as `plan` says it: somebody is at it, or what becomes of it first.
struct OpenRun {
  let run: InterruptedRun
  let holder: LockHolder?
  let verb: MigrationRequest.Verb
  let recovery: Recovery

  /// - Parameter given: the phase that was asked for.
  init?(_ engine: Engine, from current: Phase, to given: Phase?) throws(MigrationFailure) {
    guard let found = try engine.openRun() else { return nil }
    run = found.run
    holder = found.holder
    verb = Self.verb(found.run, from: current, to: given)
    let target = MigrationRequest(verb, to: given).target(from: current, after: found.run)
    recovery = engine.recovery(of: found.run, verb, target: target)
  }

  /// With which command the channel gets there, after an interruption between the two phases of a run.
  static func verb(_ run: InterruptedRun, from current: Phase, to given: Phase?) -> MigrationRequest.Verb {
    guard let given else { return run.target == .retired ? .retire : run.isUp ? .apply : .rollback }
    if given != current { return given > current ? .apply : .rollback }
    return MigrationRequest(.apply, to: given).aim(from: current, after: run) == .there ? .apply : .rollback
  }

  /// Where the way begins once it is settled; nil where that is where the channel is recorded to be.
  var start: Phase? {
    switch recovery {
    case .takeBack, .finishTakingBack: run.source
    case .goOn, .refuse, .noWayBack: nil
    }
  }

  var text: String {
    if let holder { return "\(run.description(runBy: holder.pid)); wait for it to end" }
    switch recovery {
    case .refuse(let why), .noWayBack(let why): return why
    default: break
    }
    return "\(run.description); settled first: \(recovery.text)"
  }

  func append(to json: inout JSONWriter) {
    json.beginObject("openRun")
    json.member("run", run.number)
    json.member("verb", run.verb)
    json.member("from", run.source.name)
    json.member("to", run.target.name)
    json.member("state", holder == nil ? "interrupted" : "running")
    if let holder { json.member("pid", Int64(holder.pid)) }
    if let step = run.step { json.member("step", step.number) }
    if holder == nil { json.member("recovery", recovery.word) }
    json.member("text", text)
    json.endObject()
  }
}

extension Recovery {
  /// For programs.
  var word: String {
    switch self {
    case .goOn: "goOn"
    case .takeBack, .finishTakingBack: "takeBack"
    case .refuse, .noWayBack: "refuse"
    }
  }
}
