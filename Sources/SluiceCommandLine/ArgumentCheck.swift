/// Holds positional arguments against what their command takes.
enum ArgumentCheck {
  static func problem(
    with positionals: [String], for command: CommandSpecification, _ complaint: CommandLineComplaint
  ) -> CommandLineProblem? {
    let required = command.arguments.filter { $0.presence == .required }
    if positionals.count < required.count {
      return complaint.missing(Array(required.dropFirst(positionals.count)))
    }
    for (index, word) in positionals.enumerated() {
      let own = index < command.arguments.count ? command.arguments[index] : nil
      guard let argument = own ?? command.arguments.last(where: { $0.presence == .rest }) else {
        return complaint.tooMany(word, beyond: command.arguments)
      }
      if let allowed = argument.allowedValues, !allowed.contains(word) {
        return complaint.notAllowed(word, for: argument.name, allowed: allowed)
      }
    }
    return nil
  }
}
