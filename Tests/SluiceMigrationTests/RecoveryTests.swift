import SluiceChannel
import SluiceMigration
import Testing

/// What becomes of an interrupted run, as a table.
@Suite struct RecoveryTests {
  private static func run(_ source: Phase, _ target: Phase, undoing: String? = nil) -> InterruptedRun {
    InterruptedRun(
      number: 7, verb: target > source ? "apply" : "rollback", source: source, target: target, manifest: "0001",
      meaning: "m", undoing: undoing, step: (4, "open"))
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let from: Phase
    let to: Phase
    var undoing: String?
    let verb: MigrationRequest.Verb
    let target: Phase
    var difference: String?
    let expected: Recovery
    var testDescription: String { "\(from)->\(to) \(undoing ?? "") then \(verb) \(target): \(expected)" }
  }

  static let cases = [
    // Going where it was going, or further.
    Case(from: .fileDrop, to: .runFile, verb: .apply, target: .runFile, expected: .goOn),
    Case(from: .fileDrop, to: .runFile, verb: .apply, target: .socket, expected: .goOn),
    Case(from: .fifo, to: .runFile, verb: .rollback, target: .runFile, expected: .goOn),
    Case(from: .fifo, to: .runFile, verb: .rollback, target: .fileDrop, expected: .goOn),
    Case(from: .fifo, to: .runFile, verb: .expiry, target: .fileDrop, expected: .goOn),
    // The other way.
    Case(
      from: .fileDrop, to: .runFile, verb: .rollback, target: .fileDrop, expected: .takeBack("rollback was asked")),
    Case(from: .runFile, to: .fifo, verb: .rollback, target: .fileDrop, expected: .takeBack("rollback was asked")),
    Case(from: .fifo, to: .runFile, verb: .apply, target: .fifo, expected: .takeBack("apply was asked")),
    Case(from: .fifo, to: .runFile, verb: .apply, target: .socket, expected: .takeBack("apply was asked")),
    Case(from: .runFile, to: .fifo, verb: .expiry, target: .fileDrop, expected: .takeBack("not confirmed")),
    Case(from: .socket, to: .fifo, verb: .retire, target: .retired, expected: .takeBack("retire was asked")),
    // What was begun is finished first, whatever is asked.
    Case(
      from: .fileDrop, to: .runFile, undoing: "probe 3 failed", verb: .apply, target: .runFile,
      expected: .finishTakingBack("probe 3 failed")),
    Case(
      from: .fifo, to: .runFile, undoing: "apply was asked", verb: .rollback, target: .runFile,
      expected: .finishTakingBack("apply was asked")),
    // A manifest that was changed meanwhile does not keep anybody from going back.
    Case(
      from: .fileDrop, to: .runFile, verb: .rollback, target: .fileDrop, difference: "d",
      expected: .takeBack("rollback was asked")),
    Case(from: .fifo, to: .runFile, verb: .rollback, target: .runFile, difference: "d", expected: .goOn),
  ]

  @Test(arguments: cases) func decides(_ it: Case) {
    let run = Self.run(it.from, it.to, undoing: it.undoing)
    #expect(Recovery.decide(run, it.verb, target: it.target, difference: it.difference) == it.expected)
  }

  @Test func aChangedManifestIsNotGoneOnWith() {
    let run = Self.run(.fileDrop, .runFile)
    let decision = Recovery.decide(run, .apply, target: .runFile, difference: "gates.canaries was 10, is 3")
    guard case .refuse(let text) = decision else { return #expect(Bool(false), "\(decision)") }
    #expect(text.contains("gates.canaries was 10") && text.contains("sluice rollback --to file-drop"))
  }

  /// Once the certificate is written, a retirement is finished by retire only; before that it is taken back as any run.
  @Test func retirementIsFinishedByRetireOnly() throws {
    let meaning = """
      id = m
      from = socket
      to = retired
      gates.canaries = 1
      gates.latency = 1 ns
      gates.settle = 1 ns
      gates.quiet = 1 ns
      """
    let steps = Planner.steps(up: try #require(Manifest(meaning: meaning)))
    let certify = try #require(steps.firstIndex(of: .certify(isFinal: false)))
    var run = Self.run(.socket, .retired)
    for step in 1...(certify + 2) {
      run.step = (step, "x")
      #expect(Recovery.decide(run, .retire, target: .retired) == .goOn)
      switch Recovery.decide(run, .rollback, target: .fifo) {
      case .takeBack: #expect(step <= certify)
      case .noWayBack(let text): #expect(step > certify && text.contains("sluice retire"))
      default: Issue.record("a rollback went on with a retirement")
      }
    }
  }

  @Test func saysWhichRunAndWhere() {
    #expect(
      Self.run(.fileDrop, .runFile).description
        == "run 7, apply file-drop -> run-file, was interrupted at step 4 (open)")
    #expect(Recovery.finishTakingBack("probe 3 failed").text.contains("because probe 3 failed: finishing that"))
  }

  struct Aim: CustomTestStringConvertible, Sendable {
    let request: MigrationRequest
    let current: Phase
    var interrupted: [Phase] = []
    let target: Phase
    var testDescription: String { "\(request.verb) at \(current) after \(interrupted) -> \(target)" }
  }

  static let aims = [
    Aim(request: MigrationRequest(.apply), current: .fileDrop, target: .runFile),
    Aim(request: MigrationRequest(.apply), current: .socket, target: .socket),
    Aim(request: MigrationRequest(.rollback), current: .fifo, target: .runFile),
    Aim(request: MigrationRequest(.rollback), current: .fileDrop, target: .fileDrop),
    // The same command again goes no further, whether the primary had moved or not.
    Aim(request: MigrationRequest(.apply), current: .fileDrop, interrupted: [.fileDrop, .runFile], target: .runFile),
    Aim(request: MigrationRequest(.apply), current: .runFile, interrupted: [.fileDrop, .runFile], target: .runFile),
    Aim(request: MigrationRequest(.rollback), current: .runFile, interrupted: [.fifo, .runFile], target: .runFile),
    Aim(request: MigrationRequest(.rollback), current: .fifo, interrupted: [.runFile, .fifo], target: .runFile),
    Aim(request: MigrationRequest(.apply), current: .runFile, interrupted: [.fifo, .runFile], target: .fifo),
    Aim(
      request: MigrationRequest(.apply, to: .socket), current: .runFile, interrupted: [.fileDrop, .runFile],
      target: .socket),
  ]

  @Test(arguments: aims) func leads(_ aim: Aim) {
    let interrupted = aim.interrupted.isEmpty ? nil : Self.run(aim.interrupted[0], aim.interrupted[1])
    #expect(aim.request.target(from: aim.current, after: interrupted) == aim.target)
  }
}
