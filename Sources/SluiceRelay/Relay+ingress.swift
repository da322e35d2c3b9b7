internal import SluiceChannel
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceReactor

/// A FIFO that stands in for drops (`legacy.ingress` 'fifo'): its lines take the same road as drops do.
extension Relay {
  /// First letter of the ids of its lines.
  static let linePrefix: Character = "l"
  /// Nanoseconds between attempts to put it at a path where a drop is still on its way.
  private static let plantInterval: Int64 = 50_000_000

  /// Looks whether there can be one, before anything is given up.
  static func makeStandIn(
    _ channel: ChannelFile, _ layout: ChannelLayout, _ identity: ChannelIdentity
  ) throws(ServiceFailure) -> FIFOStandIn? {
    guard channel.legacy.ingress == .fifo else { return nil }
    let (parent, name) = split(layout.legacyInput)
    // What is missing here ends the start further down, with its own words.
    guard let directory = try? Directory.open(parent).descriptor.status() else { return nil }
    let terms = FIFOTerms.make(
      directory: directory, protection: KernelProtection.read().values["protected_fifos"] ?? 0,
      user: Process.effectiveUser, ownGroup: Process.effectiveGroup, group: identity.group,
      isForAll: channel.legacy.writers == .anyone, capabilities: (try? Capabilities.effective) ?? [])
    switch terms {
    case .success(let terms): return FIFOStandIn(slot: 0, name: name, terms: terms)
    case .failure(let refusal):
      throw ServiceFailure(.failed, "legacy.ingress 'fifo' is not to be had in \(parent): \(refusal.text)")
    }
  }

  static func split(_ path: String) -> (parent: String, name: String) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  func beginIngress() {
    let left = (try? ingressSpool.names().contains { ClaimName.time(of: $0, prefix: Self.linePrefix) != nil }) ?? false
    guard standIn != nil || left else { return }
    do throws(Errno) {
      let (parent, name) = Self.split(layout.legacyInput)
      let spool = Directory(adopting: try ingressSpool.descriptor.duplicate(), path: layout.spoolDirectory)
      var settings = FIFOSettings(name: name, mode: 0, messageLimit: channel.limits.message.bytes)
      settings.prefix = Self.linePrefix
      settings.route = .fileDrop
      settings.retiresAtOnce = true
      settings.lookInterval = 20_000_000
      settings.mostLooks = 25
      if let standIn {
        settings.plant = { () throws(Errno) in try standIn.plant() }
        settings.uproot = { standIn.uproot() }
      }
      let ingress = FIFOReceiver(
        directory: try Directory.open(parent), spool: spool, settings: settings, reactor: reactor, sink: self)
      self.ingress = ingress
      if standIn == nil { return try ingress.finishJournals() }
    } catch { return log("cannot open the FIFO's spool: \(error)") }
    holdIngress(isHolding)
  }

  /// Takes the FIFO away for the old reader, who expects files; or puts it there.
  func holdIngress(_ holding: Bool) {
    guard let ingress, standIn != nil else { return }
    if holding {
      ingress.leave()
      standIn?.uproot()
    } else {
      plantIngress(ingress, isFirst: true)
    }
  }

  private func plantIngress(_ ingress: FIFOReceiver, isFirst: Bool) {
    guard !isHolding else { return }
    do throws(TransportFailure) {
      try ingress.open()
      // The server holds it open, too, as soon as it knows.
      lastReport = []
      report()
    } catch {
      // A drop that lies there is taken first.
      if isFirst { log("the FIFO cannot stand at \(layout.legacyInput) yet: \(error.text)") }
      reactor.schedule(after: Self.plantInterval) { [weak self] in self?.plantIngress(ingress, isFirst: false) }
    }
  }
}
