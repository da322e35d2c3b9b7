import Testing

@testable import SluiceServer

/// T9: what a service manager says of its sockets.
struct ActivationVariablesTests {
  struct Case: Sendable {
    let variables: [String: String]
    let expected: ActivationVariables
    init(_ pid: String?, _ count: String?, _ names: String?, _ expected: ActivationVariables) {
      var variables: [String: String] = [:]
      variables["LISTEN_PID"] = pid
      variables["LISTEN_FDS"] = count
      variables["LISTEN_FDNAMES"] = names
      self.variables = variables
      self.expected = expected
    }
  }

  static let cases = [
    Case(nil, nil, nil, .none), Case("7", nil, nil, .none), Case(nil, "1", nil, .none),
    // Somebody else's, whatever they say.
    Case("8", "1", nil, .none), Case("8", "many", "a:b", .none),
    Case("7", "0", nil, .none), Case("7", "1", nil, .descriptors([nil])),
    Case("7", "2", nil, .descriptors([nil, nil])),
    Case("7", "1", "socket", .descriptors(["socket"])), Case("7", "2", "a:b", .descriptors(["a", "b"])),
    Case("7", "1", "unknown", .descriptors([nil])), Case("7", "2", ":b", .descriptors([nil, "b"])),
    Case("seven", "1", nil, .malformed("LISTEN_PID is 'seven', and no process number")),
    Case("0", "1", nil, .malformed("LISTEN_PID is '0', and no process number")),
    Case("7", "many", nil, .malformed("LISTEN_FDS is 'many', and no count from 0 to 16")),
    Case("7", "-1", nil, .malformed("LISTEN_FDS is '-1', and no count from 0 to 16")),
    Case("7", "17", nil, .malformed("LISTEN_FDS is '17', and no count from 0 to 16")),
    Case("7", "2", "a", .malformed("LISTEN_FDNAMES names 1 descriptors, LISTEN_FDS says 2")),
    Case("7", "1", "a:b", .malformed("LISTEN_FDNAMES names 2 descriptors, LISTEN_FDS says 1")),
  ]

  @Test(arguments: cases.indices) func parse(_ index: Int) {
    #expect(ActivationVariables.parse(Self.cases[index].variables, pid: 7) == Self.cases[index].expected)
  }

  @Test func theSocketAmongThem() {
    func socket(_ names: [String?]) -> Int? {
      try? ActivationVariables.socket(among: names, called: "mcp.sock").get()
    }
    for name in [nil, "mcp.sock", "socket", "parrot-mcp.socket"] { #expect(socket([name]) == 0) }
    for names in [["fifo"], ["socket", nil], ["socket", "mcp.sock"], [nil, nil], []] as [[String?]] {
      #expect(socket(names) == nil)
    }
  }
}
