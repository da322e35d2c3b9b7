/// What keeps a scenario from going on, in words.
struct ScenarioFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
