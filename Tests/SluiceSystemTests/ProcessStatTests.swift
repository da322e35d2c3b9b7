import SluiceSystem
import Testing

@Suite struct ProcessStatTests {
  private static func line(_ name: String, fields: Int = 52) -> [UInt8] {
    var text = "7 (\(name)) S"
    for field in 4...fields { text += " \(field * 100)" }
    return Array((text + "\n").utf8)
  }

  /// T16: the name is the process' own choice.
  @Test(
    arguments: [
      "cat", "", ")", "a) S 1 1", "((", "x y z", "a\nb", ") R 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 9 9",
    ]) func noNameMovesAField(_ name: String) throws
  {
    let stat = try #require(ProcessStat(Self.line(name)))
    #expect(stat.startTime == 2200)
    #expect(stat.layout == [2600, 2700, 2800, 4500, 4800, 5000])
  }

  @Test(arguments: ["", "7", "7 cat S 1", "7 (cat", "7 (cat)", "7 (cat) S 1 2 3"]) func whatIsNoStatIsNone(
    _ text: String
  ) {
    #expect(ProcessStat(Array(text.utf8)) == nil)
  }

  @Test func aShortOrWrongLineIsNone() {
    #expect(ProcessStat(Self.line("cat", fields: 49)) == nil)
    #expect(ProcessStat(Self.line("cat", fields: 21)) == nil)
    #expect(
      ProcessStat(Array(String(decoding: Self.line("cat"), as: UTF8.self).replacing("2200", with: "-22").utf8)) == nil)
  }

  @Test(
    arguments: [
      ("pos:\t0\nflags:\t02000002\nPid:\t4711\nNSpid:\t4711\n", 4711), ("Pid:\t-1\nNSpid:\t-1\n", -1), ("Pid:\t0\n", 0),
      ("NSpid:\t7\n", nil), ("Pid:\tx\n", nil), ("", nil),
    ] as [(String, Int32?)]) func theNumberOfAPidfd(_ text: String, _ pid: Int32?)
  {
    #expect(ProcessStat.pid(inDescriptorText: Array(text.utf8)) == pid)
  }
}
