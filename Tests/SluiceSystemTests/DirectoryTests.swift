import SluiceSystem
import SluiceTestSupport
import Testing

/// Names in held directories, files in memory, pipes into files.
@Suite struct DirectoryTests {
  @Test func noLinkIsFollowed() throws {
    let root = try TemporaryDirectory()
    try root.write("secret", "x")
    try link("secret", "\(root.path)/link")
    let accesses: [Directory.Access] = [
      .readUntrusted, .read, .write, .readWrite, .append, .readWriteCreating(mode: 0o600),
      .appendCreating(mode: 0o600), .bothEndsOfFIFO, .writeEndOfFIFO, .readEndOfFIFO,
    ]
    for access in accesses {
      #expect(throws: Errno.tooManyLinks) { _ = try root.directory().open("link", access) }
    }
    #expect(throws: Errno.exists) { _ = try root.directory().open("link", .createNew(mode: 0o600)) }
  }

  @Test func aClaimReplacesNothing() throws {
    let root = try TemporaryDirectory()
    try root.makeDirectory("claims")
    let claims = try Directory.open("\(root.path)/claims")
    try root.write("slot", "one")
    try root.directory().claim("slot", into: claims, as: "c")
    try root.write("slot", "two")
    #expect(throws: Errno.exists) { try root.directory().claim("slot", into: claims, as: "c") }
    #expect(throws: Errno.noSuchFile) { try root.directory().claim("none", into: claims, as: "d") }
    #expect(try claims.contents(of: "c", limit: 10) == Array("one".utf8))
  }

  @Test func replacingIsWholeAndLeavesNoTemporaryName() throws {
    let root = try TemporaryDirectory()
    try root.directory().replaceFile("a", with: Array("one".utf8), mode: 0o640, durable: true)
    try root.directory().replaceFile("a", with: Array("two".utf8), mode: 0o600)
    #expect(try root.names() == ["a"])
    #expect(try root.directory().status(of: "a")?.mode == 0o600)
    #expect(throws: Errno.isDirectory) {
      try root.makeDirectory("d")
      try root.directory().replaceFile("d", with: [1], mode: 0o600)
    }
    #expect(try root.names() == ["a", "d"])
  }

  @Test(arguments: [(2, nil), (3, [97, 98, 99]), (4, [97, 98, 99])] as [(Int, [UInt8]?)])
  func contentsHaveALimit(_ limit: Int, _ expected: [UInt8]?) throws {
    let root = try TemporaryDirectory()
    try root.write("a", "abc")
    #expect(try root.directory().contents(of: "a", limit: limit) == expected)
    #expect(try root.directory().contents(of: "b", limit: limit) == nil)
  }

  @Test func namesThatDoNotFitAreAnError() throws {
    let root = try TemporaryDirectory()
    for name in ["one", "two", "three"] { try root.write(name, "") }
    #expect(try root.directory().names(capacity: 14).sorted() == ["one", "three", "two"])
    #expect(throws: Errno.noBufferSpace) { _ = try root.directory().names(capacity: 13) }
  }

  @Test func spliceMovesBytesFromAPipeIntoAFile() throws {
    let root = try TemporaryDirectory()
    let file = try root.directory().open("file", .createNew(mode: 0o600))
    try file.writeAll(Array("head:".utf8))
    let pipe = try Pipe()
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
    try pipe.writeEnd.writeAll(bytes)
    #expect(try pipe.readEnd.pendingBytes() == bytes.count)
    var length = 5
    while length < 5 + 9000 {
      length += try #require(try pipe.readEnd.splice(into: file, at: length, count: 9005 - length))
    }
    #expect(try pipe.readEnd.pendingBytes() == 1000)
    #expect(try pipe.readEnd.splice(into: file, at: length, count: 1 << 20) == 1000)
    #expect(try pipe.readEnd.splice(into: file, at: length, count: 1 << 20) == nil)
    #expect(try root.read("file") == Array("head:".utf8) + bytes)
  }

  @Test func whatIsMappedIsInTheFile() throws {
    let root = try TemporaryDirectory()
    let file = try root.directory().open("file", .createNew(mode: 0o600))
    try file.writeAll(Array("abc".utf8))
    do {
      let mapped = try MappedFile(file, length: 4096)
      #expect(mapped.length == 4096)
      #expect(mapped.bytes[0] == UInt8(ascii: "a"))
      mapped.bytes[1] = UInt8(ascii: "X")
      mapped.bytes[4095] = 7
      #expect(try root.read("file")?.prefix(3) == Array("aXc".utf8)[...])
    }
    let bytes = try #require(try root.read("file"))
    #expect(bytes.count == 4096)
    #expect(bytes[4095] == 7)
  }

  @Test func aDescriptorThatIsGivenAwayStaysOpen() throws {
    let pipe = try Pipe()
    let number = try pipe.writeEnd.duplicate().release()
    let again = OwnedDescriptor(adopting: number)
    try again.writeAll([1, 2])
    #expect(try pipe.readEnd.pendingBytes() == 2)
  }
}
