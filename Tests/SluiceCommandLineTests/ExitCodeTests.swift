import SluiceCommandLine
import Testing

struct ExitCodeTests {
  @Test func numbersAreTheContract() {
    let names: [ExitCode] = [
      .done, .failed, .changesPending, .gateNotMet, .drift, .violated, .lockHeld, .usage, .badMessage,
      .serviceNotRunning, .tryLater, .protocolFault, .notPermitted, .badConfiguration,
    ]
    #expect(ExitCode.allCases == names)
    #expect(names.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 64, 65, 69, 75, 76, 77, 78])
    #expect(Set(names.map(\.summary)).count == names.count)
  }
}
