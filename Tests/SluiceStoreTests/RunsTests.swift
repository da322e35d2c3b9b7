import SluiceStore
import SluiceTestSupport
import Testing

/// Runs of the migration engine and their steps.
@Suite struct RunsTests {
  @Test func aRunWithItsSteps() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    let first = try state.beginRun(verb: "apply", from: 0, to: 2, uid: 1000, at: 10)
    try state.intend(run: first, position: 0, verb: "make", description: "directory /run/x", at: 11)
    try state.observe(run: first, position: 0, result: "present", at: 12)
    try state.intend(run: first, position: 1, verb: "open", description: "fifo", at: 13)
    // An intent that is repeated after a crash replaces its first half.
    try state.intend(run: first, position: 1, verb: "open", description: "fifo", at: 14)
    let second = try state.beginRun(verb: "rollback", from: 2, to: 0, uid: 0, at: 20)
    try state.endRun(first, result: "failed", detail: "no proof", at: 19)
    #expect(second > first)
    let runs = try state.runs(limit: 10)
    #expect(runs.map(\.number) == [second, first])
    #expect(runs.map(\.verb) == ["rollback", "apply"])
    #expect(runs.map(\.source) == [2, 0])
    #expect(runs.map(\.target) == [0, 2])
    #expect(runs.map(\.uid) == [0, 1000])
    #expect(runs.map(\.started) == [20, 10])
    #expect(runs.map(\.finished) == [nil, 19])
    #expect(runs.map(\.result) == [nil, "failed"])
    #expect(runs.map(\.detail) == [nil, "no proof"])
    #expect(try state.runs(limit: 1) == [runs[0]])
    let steps = try state.steps(ofRun: first)
    #expect(steps.map(\.position) == [0, 1])
    #expect(steps.map(\.verb) == ["make", "open"])
    #expect(steps.map(\.description) == ["directory /run/x", "fifo"])
    #expect(steps.map(\.intended) == [11, 14])
    #expect(steps.map(\.ended) == [12, nil])
    #expect(steps.map(\.result) == ["present", nil])
    #expect(try state.steps(ofRun: second).isEmpty)
  }

  /// A run that goes on finds done what it did before: that stays its own, and is undone with it.
  @Test func whatWasBegunBeforeAnInterruptionStaysBegun() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    let run = try state.beginRun(verb: "apply", from: 0, to: 1, uid: 0, at: 1)
    try state.intend(run: run, position: 0, verb: "make", description: "a", at: 2)
    try state.observe(run: run, position: 0, result: "made", at: 3)
    try state.intend(run: run, position: 1, verb: "make", description: "b", at: 4)
    for position in 0...2 {
      try state.skip(run: run, position: position, verb: "make", description: "", result: "was so", at: 9)
    }
    #expect(try state.steps(ofRun: run).map(\.result) == ["made", "done before it was interrupted", "was so"])
  }

  @Test func manifestsAndObjectsAreRememberedAndForgotten() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    try state.keepApplied("0001", meaning: "a", at: 1)
    try state.keepApplied("0001", meaning: "b", at: 2)
    #expect(try state.appliedMeaning(of: "0001") == "b")
    try state.forgetApplied("0001")
    #expect(try state.appliedMeaning(of: "0001") == nil)
    try state.keepObject("/run/x", kind: "directory", run: 1)
    try state.keepObject("/run/x", kind: "directory", run: 2)
    #expect(try state.madeObject("/run/x"))
    #expect(try !state.madeObject("/run/y"))
    try state.forgetObject("/run/x")
    #expect(try !state.madeObject("/run/x"))
  }
}
