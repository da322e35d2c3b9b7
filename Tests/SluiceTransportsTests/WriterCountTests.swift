import SluiceSystem
import Testing

@testable import SluiceTransports

@Suite struct WriterCountTests {
  private static func handle(_ number: Int) -> FileHandle {
    FileHandle(bytes: withUnsafeBytes(of: UInt64(number)) { Array($0) })
  }

  @Test func processesAreToldApart() {
    var count = WriterCount()
    for process: Int32 in [7, 7, 8] { count.saw(Self.handle(1), process: process) }
    #expect(count.processes(of: Self.handle(1)) == [7, 8])
    #expect(count.processes(of: Self.handle(2)) == [])
    count.forget(Self.handle(1))
    #expect(count.processes(of: Self.handle(1)) == [])
  }

  @Test func memoryIsBoundedAndAGapIsSaid() {
    var count = WriterCount()
    for number in 0..<8192 { count.saw(Self.handle(number), process: 1) }
    #expect(!count.hasGaps)
    for process: Int32 in 2...100 { count.saw(Self.handle(8191), process: process) }
    #expect(count.processes(of: Self.handle(8191)).count == 4)
    count.saw(Self.handle(9000), process: 1)
    #expect(count.hasGaps && count.processes(of: Self.handle(0)) == [])
    count.reset()
    for number in 10_000..<200_000 {
      count.saw(Self.handle(number), process: 1)
      count.forget(Self.handle(number))
    }
    #expect(count.processes(of: Self.handle(9000)) == [1], "what is forgotten in time takes no room from others")
  }
}
