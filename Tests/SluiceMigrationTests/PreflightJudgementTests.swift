import SluiceChannel
import SluiceMigration
import SluiceSystem
import SluiceTransports
import Testing

/// What the facts of a host mean for a phase, as a table.
@Suite struct PreflightJudgementTests {
  private static let roomy = FreeSpace(bytes: 1 << 40, files: 1 << 20, isReadOnly: false)

  /// A host on which nothing is in the way.
  static func facts(_ target: Phase = .runFile, _ change: (inout PreflightFacts) -> Void = { _ in }) -> PreflightFacts {
    var facts = PreflightFacts(target: target)
    for name in ["runtime", "state", "spool", "log", "legacy"] {
      facts.places.append(PreflightFacts.Place(name, "/\(name)", roomy))
    }
    facts.views = [PreflightFacts.View("relay", 12, "/tmp", isOurs: true)]
    facts.inotifyInstances = 128
    facts.inotifyWatches = 8192
    facts.protectsFIFOs = 1
    facts.canSplice = true
    change(&facts)
    return facts
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let what: String
    let facts: PreflightFacts
    /// Words of the one problem; nil for none.
    var problem: [String]?
    var limit: [String]?
    var testDescription: String { what }
  }

  static let cases = [
    Case(what: "nothing in the way", facts: facts()),
    Case(what: "nothing in the way of the socket", facts: facts(.socket)),
    // noexec and the like are none of ours to see: only what cannot be written to counts.
    Case(
      what: "a read-only runtime directory",
      facts: facts { $0.places[0].space = FreeSpace(bytes: 1 << 40, files: nil, isReadOnly: true) },
      problem: ["runtime directory /runtime", "read-only", "remount"]),
    Case(
      what: "a read-only legacy directory",
      facts: facts { $0.places[4].space = FreeSpace(bytes: 1 << 40, files: nil, isReadOnly: true) },
      problem: ["legacy directory /legacy", "read-only"]),
    Case(
      what: "no room for the state",
      facts: facts { $0.places[1].space = FreeSpace(bytes: 3 << 20, files: nil, isReadOnly: false) },
      problem: ["only 3 MiB are free for /state", "32 MiB"]),
    Case(
      what: "no room for four of the largest messages",
      facts: facts {
        $0.messageLimit = 64 << 20
        $0.places[2].space = FreeSpace(bytes: 100 << 20, files: nil, isReadOnly: false)
      }, problem: ["100 MiB are free for /spool", "256 MiB"]),
    Case(
      what: "no inodes",
      facts: facts { $0.places[2].space = FreeSpace(bytes: 1 << 40, files: 9, isReadOnly: false) },
      problem: ["only 9 files more", "/spool", "df -i"]),
    Case(
      what: "a filesystem without a number of inodes",
      facts: facts { $0.places[2].space = FreeSpace(bytes: 1 << 40, files: nil, isReadOnly: false) }),
    Case(
      what: "space that cannot be asked for", facts: facts { $0.places[3].space = nil },
      limit: ["/log cannot be asked"]),
    Case(
      what: "a relay with a /tmp of its own",
      facts: facts { $0.views = [PreflightFacts.View("relay", 12, "/tmp", isOurs: false)] },
      problem: ["relay (process 12)", "another /tmp", "PrivateTmp"]),
    Case(
      what: "a relay that may not be asked",
      facts: facts { $0.views = [PreflightFacts.View("relay", 12, "/tmp", isOurs: nil)] }),
    Case(
      what: "too few inotify instances", facts: facts { $0.inotifyInstances = 2 },
      problem: ["max_user_instances is 2"]),
    Case(what: "too few inotify watches", facts: facts { $0.inotifyWatches = 4 }, problem: ["max_user_watches is 4"]),
    Case(what: "limits that cannot be read", facts: facts { $0.inotifyWatches = nil }),
    Case(what: "no splice for the FIFO", facts: facts(.fifo) { $0.canSplice = false }, problem: ["splice(2)"]),
    Case(what: "no splice where no FIFO is", facts: facts(.runFile) { $0.canSplice = false }),
    Case(
      what: "no peer processes", facts: facts(.socket) { $0.offersPeerProcesses = false }, limit: ["SO_PEERPIDFD"]),
    Case(
      what: "no peer processes, and rules that name programs",
      facts: facts(.socket) {
        $0.offersPeerProcesses = false
        $0.needsPrograms = true
      }, problem: ["SO_PEERPIDFD", "match nobody"]),
    Case(what: "no peer processes before the socket", facts: facts(.fifo) { $0.offersPeerProcesses = false }),
    Case(
      what: "a FIFO in the place of drops",
      facts: facts {
        $0.ingress = .fifo
        $0.protectsFIFOs = 0
        $0.callers = ["bash (7, uid 1001)"]
      }, limit: ["waits for ever", "bash (7, uid 1001)"]),
    Case(
      what: "what the relay's place says",
      facts: facts { $0.drops = [DropPlace.Finding(weight: .problem, text: "no drops")] }, problem: ["no drops"]),
  ]

  @Test(arguments: cases) func judges(_ it: Case) {
    if let words = it.problem {
      #expect(it.facts.problems.count == 1 && words.allSatisfy(it.facts.problems[0].contains), "\(it.facts.problems)")
    } else {
      #expect(it.facts.problems.isEmpty, "\(it.facts.problems)")
    }
    if let words = it.limit {
      #expect(it.facts.limits.count == 1 && words.allSatisfy(it.facts.limits[0].contains), "\(it.facts.limits)")
    }
  }

  @Test func theKernelsProtectionOfFIFOsIsExplained() {
    let facts = Self.facts {
      $0.ingress = .fifo
      $0.protectsFIFOs = 2
    }
    #expect(facts.limits.contains { $0.contains("protected_fifos is 2") && $0.contains("our own paths") })
    #expect(!Self.facts().limits.contains { $0.contains("protected_fifos") })
  }

  @Test func whoWaitsForTheFileToVanishIsTold() {
    #expect(Self.facts().findings.contains { $0.weight == .fact && $0.text.contains("vanish as soon as") })
    let lingering = Self.facts { $0.consume = .linger }
    #expect(lingering.findings.contains { $0.weight == .fact && $0.text.contains("stay readable for a while") })
  }
}
