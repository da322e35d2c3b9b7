import SluiceCommandLine
import Testing

@testable import SluiceCommands

/// Every command either has its members documented, or is known to write something else.
@Suite struct JSONShapeTests {
  @Test func everyCommandIsListed() {
    let listed = Set(JSONShape.all.map { $0.command.split(separator: " --")[0] }.map(String.init))
    for (path, command) in Grammar.sluice.allCommands where command.subcommands.isEmpty {
      let name = path.joined(separator: " ")
      #expect(listed.contains(name) || JSONShape.without.contains(name), "\(name) is in neither list of JSONShape")
    }
    let names = Set(Grammar.sluice.allCommands.map { $0.path.joined(separator: " ") })
    for name in listed.union(JSONShape.without) { #expect(names.contains(name), "\(name) is no command") }
  }

  @Test func theTopicNamesEveryMember() {
    let text = HelpScreen(Grammar.sluice, width: 2000).text(for: ["json"])
    for shape in JSONShape.all {
      #expect(text.contains(shape.keys.joined(separator: ", ")), "\(shape.command)")
      #expect(shape.keys.first == "format" && Set(shape.keys).count == shape.keys.count)
    }
  }

  @Test(arguments: [40, 60, 80, 120])
  func topicsFitTheirTerminal(width: Int) {
    for topic in ["handlers", "json", "security"] {
      for line in HelpScreen(Grammar.sluice, width: width).text(for: [topic]).split(separator: "\n") {
        // Words that are longer than a line stay whole.
        let longest = line.split(separator: " ").map(\.count).max() ?? 0
        #expect(line.count <= width || longest > width - 20, "\(topic) at \(width): \(line)")
      }
    }
  }
}
