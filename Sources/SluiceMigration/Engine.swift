package import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

/// Runs migrations: records the intent, acts, looks, records what it saw.
///
/// There is no flag that says "dirty" and nothing to force. A run that was killed leaves its intent behind; the next one
/// probes every step anew and does what is still to do, since probing, not memory, decides.
package final class Engine {
  /// What a run tells while it goes.
  package enum Event: Sendable {
    case phase(Manifest, isUp: Bool)
    case began(Int, of: Int, String)
    /// The intent of the step is on record; it acts now.
    case intended
    /// Where a long step is: so many of so many, or the nanoseconds that are left.
    case progress(done: Int, of: Int)
    case waiting(nanoseconds: Int64)
    /// So many are left of what is waited for, such as messages that go back.
    case left(Int)
    case done(String)
    case skipped
    case rollingBack(String)
    /// Something that is worth a line, such as what becomes of an interrupted run.
    case note(String)
  }

  let channel: ChannelFile
  let layout: ChannelLayout
  let identity: ChannelIdentity
  let manifests: ManifestSet
  let observer: Observer
  let control: ControlClient
  let report: (Event) -> Void
  package var retirement = RetirementOrder()
  /// Whether it runs inside a service, which has given up what it takes to try what another user may do.
  let isConfined: Bool

  package init(
    channel: ChannelFile, layout: ChannelLayout, manifests: ManifestSet, isConfined: Bool = false,
    report: @escaping (Event) -> Void
  ) throws(MigrationFailure) {
    self.isConfined = isConfined
    self.channel = channel
    self.layout = layout
    self.manifests = manifests
    self.report = report
    do throws(ServiceFailure) { identity = try ChannelIdentity(channel) } catch {
      throw MigrationFailure(error.kind == .notPermitted ? .notPermitted : .failed, error.description)
    }
    observer = Observer(layout: layout, identity: identity, socketMode: channel.socket.mode.rawValue)
    control = ControlClient(layout: layout, trust: ServerTrust(user: identity.user, group: identity.group))
  }

  /// As root for a channel of another user: from here on this thread does with files what that user may do, since that
  /// user wrote the state and can exchange whatever stands in the channel's directories.
  package func takeFileRights() throws(MigrationFailure) {
    do throws(Errno) { try FileRights.take(identity.user, gid: identity.owner?.gid ?? Process.effectiveGroup) } catch {
      throw MigrationFailure(
        .notPermitted,
        "cannot take the rights of uid \(identity.user) on files: \(error); run this as that user, or as root with"
          + " CAP_SETUID and CAP_SETGID")
    }
  }

  // MARK: Planning

  package func currentPhase() throws(MigrationFailure) -> Phase { try observer.observe([]).phase }

  /// The phases between here and there, with the steps of each and what probing found.
  /// - Parameter start: where the way begins, where that is not the present phase.
  package func plan(to target: Phase, from start: Phase? = nil) throws(MigrationFailure) -> [PlannedPhase] {
    let current = if let start { start } else { try currentPhase() }
    var phases: [PlannedPhase] = []
    if target > current {
      for manifest in manifests.manifests { try checkMeaning(manifest) }
      for number in (current.rawValue + 1)...max(target.rawValue, current.rawValue + 1) {
        phases.append(try planned(try manifest(to: number), isUp: true))
      }
    } else if target < current {
      for number in stride(from: current.rawValue, to: target.rawValue, by: -1) {
        phases.append(try planned(try applied(to: number), isUp: false))
      }
    }
    return phases
  }

  private func manifest(to number: Int) throws(MigrationFailure) -> Manifest {
    guard let phase = Phase(rawValue: number) else { throw MigrationFailure(.failed, "there is no phase \(number)") }
    return try manifests.leading(to: phase)
  }

  /// A manifest's steps with what is found now; nothing is asked of its file.
  func planned(_ manifest: Manifest, isUp: Bool) throws(MigrationFailure) -> PlannedPhase {
    let seen = try observer.observe(manifest.objects)
    let steps = isUp ? Planner.steps(up: manifest) : Planner.steps(down: manifest)
    return PlannedPhase(
      manifest: manifest, isUp: isUp,
      steps: steps.map { step in
        PlannedStep(
          step: step, probe: step.probe(seen, layout),
          description: step.description(layout, hasGroup: identity.group != nil), undo: step.undoDescription)
      })
  }

  /// What a phase was applied under, by which it is taken back whatever became of the file; the file where the phase was
  /// reached without one.
  private func applied(to number: Int) throws(MigrationFailure) -> Manifest {
    do throws(StoreFailure) {
      if let state = try observer.state() {
        for meaning in try state.appliedMeanings() {
          if let manifest = Manifest(meaning: meaning), manifest.to.rawValue == number { return manifest }
        }
      }
    } catch { throw MigrationFailure(error) }
    return try manifest(to: number)
  }

  /// A manifest that was applied may change its layout, never its meaning.
  private func checkMeaning(_ manifest: Manifest) throws(MigrationFailure) {
    let applied: String?
    do throws(StoreFailure) { applied = try observer.state()?.appliedMeaning(of: manifest.id) } catch {
      throw MigrationFailure(error)
    }
    guard let applied, let difference = Manifest.difference(applied, manifest.meaning) else { return }
    throw MigrationFailure(
      .badManifest,
      "\(manifests.directory)/\(manifest.id).json5 has changed since it was applied: \(difference); put it back, and make"
        + " the change in a new migration")
  }
}
