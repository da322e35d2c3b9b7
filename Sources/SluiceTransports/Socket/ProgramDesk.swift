internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem

/// Looks programs up on a thread of its own, one at a time and users in turn, and tells on the reactor's.
final class ProgramDesk {
  private struct Job: Sendable {
    let process: PeerProcess
    let limit: UInt64
  }
  private struct Waiting {
    let job: Job
    let isWanted: () -> Bool
    let completion: (ProcessEvidence) -> Void
  }

  private let reactor: Reactor
  private let worker: BlockingWorker<Job>
  private let findings: Mailbox<ProcessEvidence>
  private var registration: Reactor.Registration?
  private var queue = FairQueue<Waiting>()
  private var current: Waiting?

  init(reactor: Reactor) throws(Errno) {
    self.reactor = reactor
    let findings = try Mailbox<ProcessEvidence>()
    self.findings = findings
    let digests = ProgramDigests()
    worker = try BlockingWorker("programs") { jobs in
      for job in jobs { findings.post(Self.evidence(job, digests)) }
    }
    registration = try findings.attach(to: reactor) { [weak self] in self?.took($0) }
  }

  deinit {
    worker.end()
    if let registration { reactor.remove(registration) }
  }

  private static func evidence(_ job: Job, _ digests: ProgramDigests) -> ProcessEvidence {
    do throws(UnknownProcess) {
      let found = try job.process.program(digests: digests, limit: job.limit)
      return .program(ProcessEvidence.Program(path: found.path, sha256: found.sha256))
    } catch { return .unknown(reason: error.reason) }
  }

  /// Calls `completion` later, once, unless it is not wanted any more when its turn comes.
  func look(
    at process: PeerProcess, limit: UInt64, for user: UInt32, isWanted: @escaping () -> Bool,
    completion: @escaping (ProcessEvidence) -> Void
  ) {
    queue.append(
      Waiting(job: Job(process: process, limit: limit), isWanted: isWanted, completion: completion), of: user)
    goOn()
  }

  private func goOn() {
    while current == nil, let next = queue.next() {
      guard next.isWanted() else { continue }
      current = next
      worker.post(next.job)
    }
  }

  private func took(_ evidence: ProcessEvidence) {
    let done = current
    current = nil
    goOn()
    done?.completion(evidence)
  }
}
