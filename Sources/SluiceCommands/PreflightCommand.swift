internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceRelay
internal import SluiceScan
internal import SluiceSystem
internal import SluiceTransports

/// `sluice preflight`
enum PreflightCommand {
  private static let longest: Int64 = 86_400

  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (channel, layout, _) = try context.channel()
    let seconds = try seconds(context)
    let identity: ChannelIdentity
    do throws(ServiceFailure) { identity = try ChannelIdentity(channel) } catch { throw CommandFailure(error) }
    let places = Relay.places(layout, identity)
    let signals: SignalReceiver
    let watch: CallerWatch
    do throws(Errno) { signals = try SignalReceiver([.interrupt, .terminate]) } catch {
      throw CommandFailure(.failed, "cannot receive signals: \(error)")
    }
    do throws(DirectoryWatch.Failure) { watch = try CallerWatch([layout.legacyInput, layout.legacyBad]) } catch {
      throw CommandFailure(.failed, "\(error)")
    }
    context.screen.say("watching \(layout.legacyInput) and \(layout.legacyBad) for \(seconds) s; Ctrl-C ends it sooner")
    let start = Clock.monotonic
    let end = start + seconds * 1_000_000_000
    while Clock.monotonic < end, (try? signals.next()) ?? nil == nil { watch.look(milliseconds: 100) }
    let elapsed = Double(Clock.monotonic - start) / 1e9
    let advice = IngressAdvice(watch.profile, circumstances(places), seconds: elapsed)
    let report = PreflightReport(
      seconds: elapsed, findings: places.flatMap(\.findings), paths: watch.paths, profile: watch.profile,
      callers: watch.callers, means: watch.means, elsewhere: watch.elsewhere, advice: advice)
    if context.screen.isJSON {
      context.screen.print(json: report.json)
    } else {
      context.screen.print(report.text(context.screen))
    }
    return report.findings.contains { $0.weight == .problem } ? .gateNotMet : .done
  }

  private static func seconds(_ context: CommandContext) throws(CommandFailure) -> Int64 {
    guard let text = context.line.value("seconds") else { return 30 }
    guard let value = Int64(text), (1...longest).contains(value) else {
      throw CommandFailure(.usage, "--seconds \(text): a number from 1 to \(longest)")
    }
    return value
  }

  private static func circumstances(_ places: [DropPlace]) -> IngressAdvice.Circumstances {
    let held = (try? Capabilities.effective) ?? []
    let open = places.compactMap { place in place.directory.map { (place, $0) } }
    return IngressAdvice.Circumstances(
      mayGate: places.allSatisfy { $0.capabilities.contains(.administrate) },
      isShared: open.contains { $0.1.mode & 0o002 != 0 && ["/tmp", "/var/tmp", "/dev/shm"].contains($0.0.path) },
      // Refused where the directory is sticky and others write to it, unless the FIFO is its owner's (open(2)).
      fifoIsRefused: open.contains { place, directory in
        let terms = FIFOTerms.make(
          directory: directory, protection: place.protection.values["protected_fifos"] ?? 0, user: place.user,
          ownGroup: Process.effectiveGroup, group: nil, isForAll: true,
          capabilities: place.capabilities.union(held.intersection(.changeOwner)))
        if case .failure = terms { return true }
        return false
      })
  }
}
