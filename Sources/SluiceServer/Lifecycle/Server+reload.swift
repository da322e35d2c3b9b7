internal import SluicePolicy
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceChannel

/// SIGHUP: the policy and the rate of the changed channel file, for messages of those who are connected too.
extension Server {
  func prepareReload() throws(ServiceFailure) {
    guard let source = options.source else { return }
    do throws(Errno) {
      reloading = try Reload(from: source, reactor: reactor) { [unowned self] in take($0) }
    } catch { throw ServiceFailure(.failed, "cannot prepare for reloads: \(error)") }
  }

  func reload() {
    guard !isDraining else { return }
    guard let reloading else {
      notice("this server has no channel file to read again; restart it to use another")
      return
    }
    reloading.start(Reload.Job(channel: channel, identity: identity))
  }

  private func take(_ outcome: Reload.Outcome) {
    guard !isDraining else { return }
    let isMakingSure = isMakingSure
    self.isMakingSure = false
    switch outcome {
    case .taken(_, _, let digest) where isMakingSure && digest == self.digest: return
    case .taken(let channel, let policy, let digest):
      self.channel = channel
      self.digest = digest
      pipeline.use(policy, rate: channel.limits.rate.map { (Int64($0.count), $0.period.nanoseconds) })
      useAttestation(of: policy)
      recorder.note("reloaded") { line in
        line.member("digest", digest)
        line.member("rules", Int64(policy.rules.count))
      }
      notice("reloaded: \(policy.rules.count) rules are in force (\(digest.prefix(12)))")
      warn(about: policy)
    case .refused(let why):
      let text = why.split(separator: "\n").joined(separator: "; ")
      recorder.note("reload-refused") { line in line.member("reason", String(text.prefix(1000))) }
      notice("not reloaded, the policy stays as it was: \(text)")
    }
  }

  /// Transports look at programs and senders only where a rule asks for them.
  func useAttestation(of policy: Policy) {
    transports.attestation = SocketListener.Attestation(
      program: policy.needsEvidence, senderPerMessage: policy.needsSenderPerMessage)
  }

  func warn(about policy: Policy) { for warning in policy.warnings { notice("warning: \(warning)") } }
}
