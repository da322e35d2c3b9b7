internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// From the socket to the session, line by line.
extension SocketConnection {
  func ready(_ readiness: Readiness) {
    turn {
      if readiness.includes(.write) { flush() }
      if !isParked, readiness.includes(.hangUp) || readiness.includes(.error) { notePeerGone() }
      if !isEnded, !inputEnded, !isPaused, !isFinishing { read() }
    }
  }

  func turn(_ body: () -> Void) {
    isInTurn = true
    if output.isEmpty { swap(&output, &listener.spareOutput) }
    body()
    flush()
    countKept()
    if output.isEmpty, output.capacity > 0 {
      // Given back: what is idle holds no memory for replies.
      if output.capacity > listener.spareOutput.capacity { swap(&output, &listener.spareOutput) }
      output = []
    }
    isInTurn = false
    settle()
  }

  /// Reads once: false where nothing was there.
  @discardableResult
  func read() -> Bool {
    if maySpeakHTTP, takenOverByHTTP() { return false }
    let count: Int?
    do throws(Errno) { count = try readPiece(continues: framer.pendingCount > 0) } catch {
      end()
      return false
    }
    guard let count else { return false }
    hasSpoken = true
    stopWaiting()
    if count == 0 {
      inputEnded = true
      framer.endOfStream(message: { _ = hand($0) }, fault: { fault($0) })
      session?.inputEnded(peerIsGone: peerGone)
      return true
    }
    noteRead()
    let pending = framer.pendingCount
    let limit = readLimit
    listener.readBuffer.withBytes(count) { bytes in
      framer.consume(bytes, message: { hand($0) }, fault: { fault($0) })
    }
    noteMessages(of: count, limit: limit, pendingBefore: pending)
    waitForSilence()
    return true
  }

  func goOnWithHeldLines() {
    hasHeldLines = false
    framer.resume(message: { hand($0) }, fault: { fault($0) })
    waitForSilence()
  }

  /// Gives one line to the session: false when no other may follow now. The framer is in use meanwhile.
  private func hand(_ bytes: RawSpan) -> Bool {
    guard let session, !isEnded else { return false }
    if isAtFirstLine, answersFirstLine(bytes) { return true }
    if !session.received(bytes) { isHeldBySession = true }
    watch?.messageEnded()
    if waiting > outputCheck, waiting > outputBound {
      flush()
      isHeldForRoom = waiting > outputBound
    }
    if isStranger { isFinishing = true }
    hasHeldLines = isPaused || isFinishing
    return !hasHeldLines
  }

  /// As `hand`, the framer is in use meanwhile.
  private func fault(_ fault: LineFramer.Fault) {
    switch fault {
    case .tooLarge: session?.faulted(.tooLarge(limit: listener.settings.messageLimit))
    // It was refused when it crossed the limit: one message, one answer, one record.
    case .endless: isFinishing = true
    }
  }

  func waitForSilence() {
    guard framer.pendingCount > 0, !hasHeldLines, !isPaused, !inputEnded, !isEnded, silenceTimer == nil else { return }
    // Kept alive by its timer for as long as that runs: a weak reference would make every other one to it slow.
    silenceTimer = listener.reactor.schedule(after: Self.silence) { [self] in
      guard !isEnded else { return }
      silenceTimer = nil
      turn { takeWholeRest() }
    }
  }

  func stopWaiting() {
    if let silenceTimer { listener.reactor.cancel(silenceTimer) }
    silenceTimer = nil
  }

  private func takeWholeRest() {
    guard let session, !isPaused, !hasHeldLines else { return }
    _ = framer.takeRest { bytes in
      guard session.isWhole(bytes) else { return false }
      _ = hand(bytes)
      return true
    }
  }
}
