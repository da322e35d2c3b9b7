import SluiceScan
import Testing

/// What is recommended for which callers, as a table.
@Suite struct IngressAdviceTests {
  typealias Place = IngressAdvice.Circumstances

  static func seen(_ change: (inout CallerProfile) -> Void) -> CallerProfile {
    var profile = CallerProfile()
    profile.drops = 100
    profile.largest = 40
    change(&profile)
    return profile
  }

  struct Row: Sendable {
    let title: String
    let profile: CallerProfile
    var place = Place(mayGate: true, isShared: false, fifoIsRefused: false)
    let consume: IngressAdvice.Consume
    let ingress: IngressAdvice.Ingress
    /// Words that must stand among the reasons.
    let because: String
  }

  static let rows = [
    Row(title: "nothing", profile: CallerProfile(), consume: .take, ingress: .watch, because: "no drop was seen"),
    Row(title: "plain", profile: seen { _ in }, consume: .take, ingress: .watch, because: "0 of 100"),
    Row(
      title: "overwritten while an old server slept", profile: seen { $0.overwritten = 90 }, consume: .take,
      ingress: .watch, because: "90 of 100 drops were replaced"),
    Row(
      title: "read back", profile: seen { $0.readBacks = 3 }, consume: .linger, ingress: .watch,
      because: "a copy should stay"),
    Row(
      title: "chmod after close", profile: seen { $0.touchedAfter = 1 }, consume: .linger, ingress: .watch,
      because: "by its path"),
    Row(
      title: "one in a hundred", profile: seen { $0.collisions = 1 }, consume: .take, ingress: .watch, because: "watch:"
    ),
    Row(
      title: "short, colliding", profile: seen { $0.collisions = 9 }, consume: .take, ingress: .fifo, because: "fifo:"),
    Row(
      title: "colliding and moved",
      profile: seen {
        $0.collisions = 9; $0.renames = 5
      }, consume: .take, ingress: .gate,
      because: "replaces a FIFO"),
    Row(
      title: "colliding and slow",
      profile: seen {
        $0.collisions = 9; $0.slow = 5
      }, consume: .take, ingress: .gate,
      because: "mix in a pipe"),
    Row(
      title: "colliding and large",
      profile: seen {
        $0.collisions = 9; $0.largest = 4097
      }, consume: .take,
      ingress: .gate, because: "4097 bytes"),
    Row(
      title: "colliding and read back",
      profile: seen {
        $0.collisions = 9; $0.readBacks = 1
      }, consume: .linger,
      ingress: .gate, because: "looked at again"),
    Row(
      title: "slow, without the right",
      profile: seen {
        $0.collisions = 9; $0.slow = 5
      },
      place: Place(mayGate: false, isShared: false, fifoIsRefused: false), consume: .take, ingress: .watch,
      because: "CAP_SYS_ADMIN"),
    Row(
      title: "slow, in /tmp",
      profile: seen {
        $0.collisions = 9; $0.slow = 5
      },
      place: Place(mayGate: true, isShared: true, fifoIsRefused: false), consume: .take, ingress: .watch,
      because: "directory of their own"),
    Row(
      title: "short, FIFOs refused", profile: seen { $0.collisions = 9 },
      place: Place(mayGate: true, isShared: false, fifoIsRefused: true), consume: .take, ingress: .gate,
      because: "protected_fifos"),
    Row(
      title: "all moved",
      profile: seen {
        $0.collisions = 9; $0.renames = 100
      }, consume: .take, ingress: .watch,
      because: "opens nothing"),
  ]

  @Test(arguments: rows.indices) func table(_ index: Int) {
    let row = Self.rows[index]
    let advice = IngressAdvice(row.profile, row.place, seconds: 10)
    #expect(advice.consume == row.consume && advice.ingress == row.ingress, "\(row.title): \(advice)")
    #expect(advice.reasons.contains { $0.contains(row.because) }, "\(row.title): \(advice.reasons)")
    #expect(
      advice.limits.contains { $0.hasPrefix("\(row.ingress):") }
        && advice.limits.contains { $0.hasPrefix("\(row.consume):") })
  }

  @Test func whatCannotBePromisedIsSaid() {
    let blind = IngressAdvice(
      Self.seen { _ in }, Place(mayGate: false, isShared: true, fifoIsRefused: true), seconds: 1)
    #expect(blind.limits.contains { $0.contains("mix") })
    #expect(blind.limits.contains { $0.contains("1.5 %") }, "\(blind.limits)")
    let gaps = IngressAdvice(Self.seen { $0.hasGaps = true }, Self.rows[0].place, seconds: 1)
    #expect(gaps.reasons.contains { $0.contains("too low") })
  }
}
