import SluiceSystem
import SluiceTestSupport

/// Asks again until it is so; the pause only keeps the asking from taking the machine.
func eventually(_ what: @autoclosure () -> String, seconds: Int64 = 20, _ test: () throws -> Bool) throws {
  let deadline = Deadline(seconds: seconds)
  while try !test() {
    guard !deadline.hasPassed else { throw ScenarioFailure("not so after \(seconds) s: \(what())") }
    Wait.pause(nanoseconds: 3_000_000)
  }
}
