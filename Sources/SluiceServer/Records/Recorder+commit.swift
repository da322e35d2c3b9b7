internal import SluiceStore
internal import SluiceSystem
internal import SluiceChannel
internal import SluiceReactor

/// From the records to the ledger: one commit at a time, each with all that gathered meanwhile.
extension Recorder {
  func endTurn() {
    guard committing == nil else { return }
    let isFarAhead = audit.position - pushedPosition > Self.countLimit
    if !outcomes.isEmpty || !waiting.isEmpty || (hasDirtyCounts && isFarAhead) { push() }
  }
  func pushCounts() { if committing == nil, hasDirtyCounts { push() } }

  private func push() {
    commitNumber += 1
    let rows = book.take()
    add(rows.counts)
    // Every record so far is in the account now.
    if audit.fileLength >= files.rotate.bytes { rotate() }
    let commit = Commit(
      number: commitNumber, outcomes: outcomes, counts: rows.counts, writers: rows.writers,
      drops: rows.drops, gaps: gaps, forgotten: forgotten, auditPosition: audit.position)
    committing = (commit, waiting)
    pushedPosition = commit.auditPosition
    outcomes = []
    gaps = []
    forgotten = []
    waiting = []
    hasDirtyCounts = false
    // The position that the commit names must be in the file or its mapping before the database says so: it is, since
    // records are stored in the mapping the moment they are made.
    worker.post(commit)
  }

  private func add(_ rows: [LedgerEntry]) {
    for row in rows {
      if let index = account.firstIndex(where: { $0.route == row.route && $0.generation == row.generation }) {
        account[index].add(row)
      } else {
        account.append(row)
      }
    }
  }

  private func rotate() {
    do throws(Errno) {
      try audit.rotate(account: account)
      for surplus in try audit.surplus(keeping: files.keep) {
        note(AuditLog.droppedEvent) { line in
          line.member("position", surplus.position)
          line.member("file", surplus.name)
          line.member("end", surplus.end)
          line.member("records", surplus.sequence)
          line.member("sha256", surplus.digest)
        }
        try audit.drop(surplus)
      }
    } catch { trouble = Self.sentence(error) }
  }

  func take(_ report: CommitReport) {
    guard let current = committing else { return }
    switch report {
    case .done:
      StopPoint.committed.pass()
      committing = nil
      if trouble?.hasPrefix("cannot commit") == true { trouble = nil }
      for body in current.done { body() }
      if !outcomes.isEmpty || !waiting.isEmpty { push() } else if !isPushScheduled { pushCounts() }
    case .failed(_, let text):
      // Nothing is let go of until this went through: the messages' originals are our memory.
      trouble = "cannot commit to the ledger: \(text)"
      reactor.schedule(after: Self.retryInterval) { [unowned self] in
        if let current = committing { worker.post(current.commit) }
      }
    }
  }

  /// Whether everything recorded is committed.
  var isSettled: Bool {
    unrecorded.isEmpty && committing == nil && outcomes.isEmpty && waiting.isEmpty && !hasDirtyCounts
  }

  /// Pushes what gathered, for an orderly end.
  func settle() { if committing == nil, !isSettled { push() } }

  /// Writes out and seals, for another process that goes on with the log.
  func seal() throws(Errno) { try audit.seal() }

  /// Writes out and seals, for an orderly end.
  func close() {
    try? audit.seal()
    worker.end()
  }
}
