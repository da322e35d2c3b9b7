import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Competing writers, in small: the benchmark `competition` with the binary under test, all ways of claiming in one run.
@Suite(.serialized)
struct CompetitionTests {
  /// Medians by load and figure, then by who claimed.
  struct Figures {
    private var values: [String: [String: Double]] = [:]

    init(_ output: String) throws {
      for row in try JSONText.object(output).objects("measurements") {
        guard let metric = row.text("metric"), let subject = row.text("subject"),
          case .number(let number)? = row["median"]?.kind
        else { continue }
        values[metric, default: [:]][subject] = number.double
      }
    }

    func of(_ metric: String, _ subject: String) throws -> Double { try #require(values[metric]?[subject]) }
  }

  @Test(
    "Competition 35, 36, 36b, 37: no mix under the witness, few losses, nothing twice, and far less lost than at the close",
    .enabled(if: Privilege.isRoot, "needs CAP_SYS_ADMIN"),
    .enabled(if: Process.environment("SLUICE_TEST_FULL") != nil, "is for a quiet machine: set SLUICE_TEST_FULL"),
    .timeLimit(.minutes(5)))
  func competingWriters() throws {
    let run = try RunningProgram(
      [
        "\(Places.repository)/scripts/bench", "competition", "--rounds", "1", "--seconds", "2", "--loads", "A,B,B2,D",
        "--json",
      ],
      variables: ["SLUICE_BINARY=\(Places.binary)"])
    let outcome = try run.end(seconds: 240)
    try #require(outcome.status == 0, "\(outcome)")
    let figures = try Figures(outcome.output)
    for load in ["A", "B", "B2", "D"] {
      for subject in ["relay", "witness"] {
        #expect(try figures.of("\(load).twice", subject) == 0, "\(load), \(subject): \(outcome.output)")
      }
      #expect(try figures.of("\(load).mixed", "witness") == 0, "\(load): \(outcome.output)")
      print(
        "load \(load): lost",
        try ["poll", "close", "relay", "witness"].map { "\($0) \(try figures.of("\(load).lost", $0)) %" },
        "mixes without the witness: \(try figures.of("\(load).mixed", "relay"))")
    }
    // Ratios only: how much is lost depends on who else wants the processors.
    #expect(try figures.of("A.lost", "poll") > 90)
    #expect(try figures.of("B.lost", "close") > 20)
    #expect(try figures.of("B.lost", "relay") < figures.of("B.lost", "close") / 2)
    #expect(try figures.of("A.lost", "relay") < figures.of("A.lost", "poll") / 2)
    #expect(try figures.of("D.lost", "relay") == 0)
  }
}

/// The claimer's thread, where it may go before others.
@Suite(.serialized, .printsLogs)
struct ClaimerPriorityTests {
  @Test(.enabled(if: Privilege.isRoot, "needs CAP_SYS_NICE"))
  func theClaimerAloneGoesFirst() throws {
    try Rehearsal.run { channel in
      let relay = try channel.relay()
      var policies: [String: Int] = [:]
      for thread in try Files.names("/proc/\(relay.pid)/task") {
        let stat = try Files.text("/proc/\(relay.pid)/task/\(thread)/stat")
        // Behind the name, which may hold anything: proc_pid_stat(5), field 41.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        let name = try Files.text("/proc/\(relay.pid)/task/\(thread)/comm").split(separator: "\n").first ?? ""
        policies["\(name)"] = fields.count > 39 ? Int(fields[39]) : nil
      }
      #expect(policies["claimer"] == 1 && policies.values.count { $0 != 0 } == 1, "\(policies)")
    }
  }
}
