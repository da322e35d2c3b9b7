/// Looks for defects; a test runs it, no program has to.
struct GrammarInspection {
  let grammar: CommandLineGrammar

  var defects: [GrammarDefect] {
    var defects = Self.names([grammar.program], at: [])
    defects += Self.commands(grammar.commands, at: [])
    defects += Self.options(grammar.globalOptions, outer: [], at: [])
    for (path, command) in grammar.allCommands {
      let outer = (grammar.chain(to: path) ?? []).dropLast().flatMap(\.options)
      defects += Self.commands(command.subcommands, at: path)
      defects += Self.options(command.options, outer: grammar.globalOptions + outer, at: path)
      defects += Self.arguments(of: command, at: path)
      defects += command.examples.filter { isRefused($0.line) }.map {
        .init(.refusedExample, path: path, name: $0.line)
      }
    }
    return defects
  }

  private static func commands(_ level: [CommandSpecification], at path: [String]) -> [GrammarDefect] {
    let isReserved = path.isEmpty && level.contains { $0.name == CommandSpecification.help.name }
    return names(level.map(\.name), at: path)
      + repeated(level.map(\.name)).map { .init(.duplicateCommand, path: path, name: $0) }
      + (isReserved ? [.init(.reservedName, path: path, name: CommandSpecification.help.name)] : [])
  }

  private static func options(
    _ own: [OptionSpecification], outer: [OptionSpecification], at path: [String]
  ) -> [GrammarDefect] {
    let builtIn: [OptionSpecification] = [.help, .version]
    let shorts = own.compactMap { $0.short.map(String.init) }
    let outerShorts = outer.compactMap { $0.short.map(String.init) }
    let reserved = builtIn.map(\.name) + builtIn.compactMap { $0.short.map(String.init) }
    var defects = names(own.map(\.name) + own.flatMap { $0.allowedValues ?? [] } + shorts, at: path)
    defects += (own.map(\.name) + shorts).filter(reserved.contains).map { .init(.reservedName, path: path, name: $0) }
    defects += clashes(own.map(\.name), with: outer.map(\.name)).map { .init(.duplicateOption, path: path, name: $0) }
    defects += clashes(shorts, with: outerShorts).map { .init(.duplicateShortName, path: path, name: $0) }
    for option in own {
      guard let values = option.allowedValues else { continue }
      if option.isFlag { defects.append(.init(.valuesOfFlag, path: path, name: option.name)) }
      if values.isEmpty { defects.append(.init(.noValues, path: path, name: option.name)) }
    }
    return defects
  }

  private static func arguments(of command: CommandSpecification, at path: [String]) -> [GrammarDefect] {
    var defects = names(command.arguments.flatMap { $0.allowedValues ?? [] }, at: path)
    var sawOptional = false
    for (index, argument) in command.arguments.enumerated() {
      let isLast = index == command.arguments.count - 1
      if argument.presence == .rest, !isLast { defects.append(.init(.restNotLast, path: path, name: argument.name)) }
      if argument.presence == .required, sawOptional {
        defects.append(.init(.requiredAfterOptional, path: path, name: argument.name))
      }
      if argument.presence == .optional { sawOptional = true }
      if argument.allowedValues?.isEmpty == true { defects.append(.init(.noValues, path: path, name: argument.name)) }
    }
    if !command.subcommands.isEmpty, let first = command.arguments.first {
      defects.append(.init(.argumentsBesideSubcommands, path: path, name: first.name))
    }
    return defects
  }

  /// Names and values are written into shell code as they are, so they may hold only what no shell interprets.
  private static func names(_ names: [String], at path: [String]) -> [GrammarDefect] {
    names.filter { !isSafe($0) }.map { .init(.unsafeName, path: path, name: $0) }
  }

  private static func isSafe(_ name: String) -> Bool {
    let isInner = { (byte: UInt8) in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    return !name.isEmpty && name.utf8.first != UInt8(ascii: "-") && name.utf8.allSatisfy(isInner)
  }

  /// The words that stand more than once in `own`, or also in `outer`.
  private static func clashes(_ own: [String], with outer: [String]) -> [String] {
    repeated(own) + Set(own).intersection(outer).sorted()
  }

  private static func repeated(_ words: [String]) -> [String] {
    Dictionary(grouping: words) { $0 }.filter { $0.value.count > 1 }.map(\.key).sorted()
  }

  /// Examples that need a shell to be read are taken on trust.
  private func isRefused(_ line: String) -> Bool {
    let words = line.split(separator: " ").map(String.init)
    let needsShell = line.utf8.contains { "'\"\\$`|&;<>(){}*?~".utf8.contains($0) }
    guard words.first == grammar.program, !needsShell else { return false }
    do throws(CommandLineProblem) {
      _ = try grammar.parse(Array(words.dropFirst()))
      return false
    } catch {
      return true
    }
  }
}

extension CommandLineGrammar {
  /// What is wrong with the grammar itself; empty for a sound one.
  package var defects: [GrammarDefect] { GrammarInspection(grammar: self).defects }
}
