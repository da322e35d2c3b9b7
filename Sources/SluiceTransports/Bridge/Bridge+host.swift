internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// The host's side.
extension Bridge {
  func inputReady(_ readiness: Readiness) {
    // After a hang-up only what the pipe still holds can come; it would be reported until it is read.
    guard let input, ending == nil, session.wantsHost || readiness.includes(.hangUp) else { return }
    var count: Int? = 0
    // A terminal that is gone is an end as well.
    do throws(Errno) { count = try input.read(into: buffer) } catch {}
    guard let count else { return }
    let now = Clock.monotonic
    if count > 0 {
      buffer.withBytes(count) { bytes in
        hostFramer.consume(
          bytes,
          message: {
            session.hostSaid($0, now: now)
            return true
          }, fault: { hostFault($0) })
      }
    } else {
      hostFramer.endOfStream(message: { session.hostSaid($0, now: now) }, fault: { hostFault($0) })
      beginDrain()
    }
    settle()
  }

  private func hostFault(_ fault: LineFramer.Fault) {
    switch fault {
    case .tooLarge: session.hostSaidTooMuch(limit: settings.hostLine)
    case .endless: end(.brokenProtocol("the host sends no lines"))
    }
  }

  func outputReady(_ readiness: Readiness) {
    guard let output else { return }
    // Nobody reads any more: nobody is to be answered.
    if readiness.includes(.error) || readiness.includes(.hangUp) {
      isOver = true
      return
    }
    guard readiness.includes(.write), session.outputCount > 0 else { return }
    do throws(Errno) {
      if let count = try output.write(session.output, from: session.outputSent) { session.wroteToHost(count) }
    } catch {
      isOver = true
      return
    }
    settle()
  }

  // MARK: The end of input

  func beginDrain() {
    guard drainDeadline == nil else { return }
    drainDeadline = Clock.monotonic + settings.drain
    input?.close()
    input = nil
  }

  /// Servers may give up what they are doing when they read the end of the stream, so that is told them late where
  /// answers are due; a server that answers only then still has half of the time.
  var halfCloseTime: Int64? { drainDeadline.map { $0 - settings.drain / 2 } }

  /// A tenth is left for the host to read what it is told.
  func lastAnswerTime(_ deadline: Int64) -> Int64 { deadline - settings.drain / 10 }

  func drainFurther(_ now: Int64) {
    guard ending == nil, let drainDeadline, let halfCloseTime else { return }
    if let link {
      if session.isSettled || now >= halfCloseTime, session.link == .open, session.pending == nil {
        link.finishWriting()
      }
    } else if session.isSettled {
      end(.done)
    }
    guard now >= lastAnswerTime(drainDeadline) else { return }
    end(redial.hasConnected ? .done : .noServer(redial.failure ?? .noServerYet))
  }
}

extension TransportFailure {
  static let noServerYet = TransportFailure(.notRunning, "no server")
}
