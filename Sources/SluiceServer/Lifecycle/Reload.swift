internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceTransports

/// Reads the channel file again, on a thread of its own: files and name services may block.
final class Reload: Sendable {
  /// What is in force when the reload is asked for.
  struct Job: Sendable {
    let channel: ChannelFile
    let identity: ChannelIdentity
  }
  /// What the file says now, or why it is not taken over.
  enum Outcome: Sendable {
    case taken(ChannelFile, Policy, digest: String)
    case refused(String)
  }

  private let worker: BlockingWorker<Job>

  init(
    from source: ChannelSource, reactor: Reactor, _ done: @escaping (Outcome) -> Void
  ) throws(Errno) {
    let outcomes = try Mailbox<Outcome>()
    // Of several signals that came meanwhile one reading is enough: it reads what is there after the last.
    worker = try BlockingWorker("reload") { jobs in
      if let job = jobs.last { outcomes.post(Self.read(source, job)) }
    }
    try outcomes.attach(to: reactor, done)
  }

  func start(_ job: Job) { worker.post(job) }
  func end() { worker.end() }

  private static func read(_ source: ChannelSource, _ job: Job) -> Outcome {
    do throws(ServiceFailure) {
      let channel = try source.read(trusting: job.identity.user)
      let changes = channel.changesThatNeedRestart(from: job.channel)
      guard changes.isEmpty else {
        throw ServiceFailure(
          .failed, "\(changes.joined(separator: ", ")) changed, which a running server cannot take over; restart it")
      }
      let policy = try ChannelPolicy.resolve(channel, job.identity)
      return .taken(channel, policy, digest: ChannelPolicy.digest(channel, policy))
    } catch { return .refused(error.description) }
  }
}
