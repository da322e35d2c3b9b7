/// Which way of taking drops suits the callers that were seen, and why; pure.
package struct IngressAdvice: Sendable, Equatable {
  package enum Consume: String, Sendable { case take, linger }
  package enum Ingress: String, Sendable { case watch, fifo, gate }

  /// What the place and the relay's rights allow.
  package struct Circumstances: Sendable, Equatable {
    /// CAP_SYS_ADMIN.
    package var mayGate: Bool
    /// Programs that have nothing to do with the channel use the directory, as they do /tmp.
    package var isShared: Bool
    /// fs.protected_fifos would refuse writers a FIFO of the relay's in this directory.
    package var fifoIsRefused: Bool

    package init(mayGate: Bool, isShared: Bool, fifoIsRefused: Bool) {
      self.mayGate = mayGate
      self.isShared = isShared
      self.fifoIsRefused = fifoIsRefused
    }
  }

  package var consume = Consume.take
  package var ingress = Ingress.watch
  /// Why, each in a sentence.
  package var reasons: [String] = []
  /// What the recommended modes cannot promise.
  package var limits: [String] = []

  /// One write(2) to a pipe of at most this many bytes stays whole (PIPE_BUF, pipe(7)).
  static let pipeBuffer: UInt64 = 4096

  /// - Parameter seconds: how long was looked.
  package init(_ seen: CallerProfile, _ place: Circumstances, seconds: Double) {
    guard seen.drops > 0 else {
      reasons.append("no drop was seen in \(Self.number(seconds)) s: these are the defaults; look for longer")
      limits = Self.limits(of: .watch, rate: 0) + Self.limits(of: .take)
      return
    }
    chooseConsume(seen)
    chooseIngress(seen, place)
    if seen.hasGaps { reasons.append("events were lost while looking: counts are too low") }
    limits = Self.limits(of: ingress, rate: Double(seen.drops) / max(seconds, 1)) + Self.limits(of: consume)
    if !place.mayGate, ingress == .watch {
      limits.append("without CAP_SYS_ADMIN two writers in one file at once are not noticed: their mix may parse")
    }
  }

  private mutating func chooseConsume(_ seen: CallerProfile) {
    if seen.readBacks > 0 {
      consume = .linger
      reasons.append(
        "\(seen.readBacks) times a drop was read by somebody who did not take it: a copy should stay a while")
    } else if seen.touchedAfter > 0 {
      consume = .linger
      reasons.append(
        "\(seen.touchedAfter) times a drop's mode, owner or times were set by its path after it was written: that fails"
          + " where it is taken at once")
    } else {
      reasons.append("nobody was seen to need a drop after it was written: take is enough")
    }
  }

  private mutating func chooseIngress(_ seen: CallerProfile, _ place: Circumstances) {
    if seen.overwritten > 0 {
      reasons.append("\(seen.overwritten) of \(seen.drops) drops were replaced before anybody read them, the old way")
    }
    guard seen.collisions * 100 > seen.drops else {
      reasons.append(
        "watch: \(seen.collisions) of \(seen.drops) drops came so near another that taking each at once could miss one")
      return
    }
    reasons.append(
      "\(seen.collisions) of \(seen.drops) drops came while another was written, or within 2 ms: watch would lose some")
    let obstacles = Self.obstacles(toFIFO: seen, place, consume)
    if obstacles.isEmpty {
      ingress = .fifo
      reasons.append("fifo: each was one write of at most \(Self.pipeBuffer) bytes, which a pipe keeps whole")
      return
    }
    reasons.append("not fifo: \(obstacles.joined(separator: "; "))")
    if !place.mayGate {
      reasons.append("not gate: the relay would need CAP_SYS_ADMIN; watch is what is left")
    } else if place.isShared {
      reasons.append(
        "not gate: every open(2) of every program in this shared directory would wait for the relay; move the drops to a"
          + " directory of their own; watch is what is left")
    } else if seen.renames + seen.links == seen.drops {
      reasons.append("not gate: all are moved or linked into place, which opens nothing here; watch is what is left")
    } else {
      ingress = .gate
      reasons.append("gate: each opener waits until the one before it is done, so that none overwrites another")
    }
  }

  private static func obstacles(
    toFIFO seen: CallerProfile, _ place: Circumstances, _ consume: Consume
  ) -> [String] {
    var found: [String] = []
    if seen.renames + seen.links > 0 {
      found.append("\(seen.renames + seen.links) drops were moved or linked there, which replaces a FIFO")
    }
    if seen.slow > 0 { found.append("\(seen.slow) drops came in several writes, which mix in a pipe") }
    if seen.largest > pipeBuffer {
      found.append("the largest drop had \(seen.largest) bytes, more than a pipe keeps whole")
    }
    if consume == .linger { found.append("nothing that goes through a FIFO can be looked at again") }
    if place.fifoIsRefused {
      found.append("fs.protected_fifos refuses other users a FIFO of the relay's in this directory")
    }
    return found
  }

  static func limits(of mode: Consume) -> [String] {
    switch mode {
    case .take:
      ["take: what a client does by path after writing (chmod, test -f) may fail; the message arrives all the same"]
    case .linger: ["linger: a client that waits until the path is gone waits for the copy to go, too"]
    }
  }

  static func limits(of mode: Ingress, rate: Double) -> [String] {
    switch mode {
    case .watch:
      // Measured: a drop is taken 75 to 150 microseconds after its first event.
      return [
        "watch: a drop that another replaces within about 0.15 ms is lost; with drops at random times at this rate that is"
          + " about \(percent(rate * 0.00015)) of them"
      ]
    case .fifo:
      return [
        "fifo: mv and rm replace it, test -f says no, and while the relay is down writers block",
        "fifo: nobody can be named as the writer",
      ]
    case .gate:
      return [
        "gate: while the relay is stopped, every open in the directory waits for it",
        "gate: files moved or linked into place are taken as with watch, and can be replaced as there",
      ]
    }
  }

  private static func percent(_ share: Double) -> String {
    let hundredths = (share * 10_000).rounded()
    guard hundredths >= 1 else { return "less than 0.01 %" }
    return "\(number(hundredths / 100)) %"
  }

  private static func number(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
  }
}
