internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem

/// The files between the pipe and the messages.
extension FIFOReceiver {
  /// By age. A draft of a killed process is the next journal where its predecessor's part was cut off already.
  func journalNames() throws(Errno) -> [String] {
    let all = try spool.names()
    var found = all.filter { ClaimName.time(of: $0, prefix: settings.prefix) != nil }.sorted()
    for draft in all where draft.first == "." {
      let name = String(draft.dropFirst())
      guard ClaimName.time(of: name, prefix: settings.prefix) != nil else { continue }
      if let last = found.last, try !endsWithLine(last) {
        try spool.unlinkIfPresent(draft)
      } else {
        try spool.rename(draft, to: name)
        found.append(name)
      }
    }
    return found
  }

  private func endsWithLine(_ name: String) throws(Errno) -> Bool {
    let file = try spool.open(name, .read)
    let size = Int(try file.status().size)
    guard size > 0 else { return true }
    var last: [UInt8] = [0]
    let count = try file.read(into: &last, from: 0, at: size - 1)
    return count == 1 && last[0] == UInt8(ascii: "\n")
  }

  func findJournals(pipeIsEmpty: Bool) throws(Errno) {
    names = try journalNames()
    guard !names.isEmpty else { return try startJournal() }
    try openFirstJournal()
    // With nothing in the pipe the last line's writer is gone: its line ends here, durably, so that no later start
    // joins it with what somebody else writes.
    if names.count == 1, pipeIsEmpty, !goesOn { try endLine() }
  }

  func endLine() throws(Errno) {
    var last: [UInt8] = [0]
    guard length > 0, try current?.read(into: &last, from: 0, at: length - 1) == 1, last[0] != UInt8(ascii: "\n")
    else { return }
    try current?.writeAll([UInt8(ascii: "\n")], at: length)
    length += 1
  }

  func startJournal() throws(Errno) {
    let name = ClaimName.next(prefix: settings.prefix, after: &lastName)
    let file = try spool.open(name, .createNew(mode: 0o600))
    names.append(name)
    if names.count == 1 { try adopt(name, file) }
  }

  /// Goes on with the unfinished line of a journal in a new one: at no moment is it in both, or in neither.
  private func carryOver(_ finished: LineJournal, isDoubtful: Bool) throws(Errno) {
    let count = finished.unfinishedCount
    var begun = [UInt8](repeating: 0, count: count)
    let read = try current?.read(into: &begun, from: 0, at: length - count) ?? 0
    let bytes = (isDoubtful ? LineMixing.mark + [UInt8(ascii: "\n")] : []) + begun[0..<read]
    let name = ClaimName.next(prefix: settings.prefix, after: &lastName)
    guard !bytes.isEmpty else {
      try retire(finished)
      if !settings.retiresAtOnce { try startJournal() }
      return
    }
    try spool.unlinkIfPresent(".\(name)")
    try spool.open(".\(name)", .createNew(mode: 0o600)).writeAll(bytes)
    StopPoint.journalDrafted.pass()
    if count > 0 { try current?.truncate(to: length - count) }
    StopPoint.journalCut.pass()
    try spool.rename(".\(name)", to: name)
    names.append(name)
    StopPoint.journalCarried.pass()
    try retire(finished)
    try openFirstJournal()
  }

  func openFirstJournal() throws(Errno) {
    guard let name = names.first else { return }
    let file = try spool.open(name, .readWrite)
    lastName = max(lastName, ClaimName.time(of: name, prefix: settings.prefix) ?? 0)
    try adopt(name, file)
  }

  func adopt(_ name: String, _ file: borrowing OwnedDescriptor) throws(Errno) {
    length = Int(try file.status().size)
    current = try file.duplicate()
    journal = LineJournal(
      name: name, file: try file.duplicate(), route: settings.route, principal: .unknown, limit: settings.messageLimit,
      source: self, sink: sink, reader: reader, buffer: buffer, mayMix: true,
      path: settings.route == .fifo ? nil : path)
  }

  func advance() {
    // A sink may settle what it is given at once, and so call us from within.
    guard !isAdvancing, !isParked else { return }
    isAdvancing = true
    defer { isAdvancing = false }
    do throws(Errno) {
      while let journal {
        try judgeLast(journal)
        try journal.advance()
        if journal.hasMore {
          reactor.schedule(after: 0) { [weak self] in self?.advance() }
          break
        }
        if journal.isAtEnd, names.count > 1 || isRemoved { journal.takeRest() }
        guard try replace(journal) else { break }
      }
    } catch { sink.noticed("cannot read the journal of \(path): \(error)") }
    if names.count < 2, hasRoom { goOn() }
    lookForWriters()
    waitForSilence()
  }

  /// Goes over to the next journal where this one is done with: false while it is not.
  func replace(_ journal: LineJournal) throws(Errno) -> Bool {
    if names.count > 1 {
      guard journal.isSettled else { return false }
      try retire(journal)
      try openFirstJournal()
      return true
    }
    let isDue = settings.retiresAtOnce ? length > 0 : length >= Self.replaceAt
    if journal.isSettled, isClosed || isDue {
      try retire(journal)
      if !isClosed, !settings.retiresAtOnce { try startJournal() }
      return true
    }
    // Of a journal that goes at once, whole lines are not kept waiting for the rest of an unfinished one.
    let hasLines = settings.retiresAtOnce && journal.hasHandedOut
    guard !isClosed || isLeaving, hasLines || length >= settings.journalLimit else { return false }
    if journal.isSkipping, length < settings.journalLimit { return false }
    let isExhausted = try journal.isExhausted(end: length)
    guard journal.isHandled || isExhausted else { return false }
    try carryOver(journal, isDoubtful: isExhausted || journal.isSkipping)
    return true
  }

  func retire(_ finished: LineJournal) throws(Errno) {
    try spool.unlinkIfPresent(finished.name)
    names.removeAll { $0 == finished.name }
    journal = nil
    current = nil
    length = 0
    StopPoint.lineRetired.pass()
    sink.retired(idPrefix: finished.name)
  }

  /// A writer that sends no newline: after a silence its bytes are a message, if they are a whole one. The newline is
  /// put into the journal first, so that reading it again finds the same boundary.
  func waitForSilence() {
    if let silenceTimer { reactor.cancel(silenceTimer) }
    silenceTimer = nil
    guard let journal, journal.isAtEnd, !journal.isSuspended, journal.hasUnfinishedLine else { return }
    silenceTimer = reactor.schedule(after: 50_000_000) { [weak self] in
      guard let self, let journal = self.journal, journal.isAtEnd, journal.restIsWhole() else { return }
      do throws(Errno) { try self.endLine() } catch {
        self.sink.noticed("cannot write the journal of \(self.path): \(error)")
      }
      self.advance()
    }
  }
}
