import SluiceSystem
import SluiceTestSupport
import Testing

/// Which directories are trusted, and how the others are named.
@Suite struct SafePathTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Below the temporary directory.
    let path: String
    let component: String
    let reason: UnsafePath.Reason?
    let prepare: @Sendable (TemporaryDirectory) throws -> Void

    init(
      _ description: String, _ path: String, refusedAt component: String = "", _ reason: UnsafePath.Reason? = nil,
      prepare: @escaping @Sendable (TemporaryDirectory) throws -> Void = { _ in }
    ) {
      testDescription = description
      self.path = path
      self.component = component
      self.reason = reason
      self.prepare = prepare
    }
  }

  static let shapes = [
    Shape("a directory on the way that may be searched, not read", "/a/b") {
      try $0.makeDirectory("a")
      try $0.makeDirectory("a/b")
      try $0.directory().setMode(of: "a", 0o311)
    },
    Shape("own directories", "/a/b") {
      try $0.makeDirectory("a")
      try $0.makeDirectory("a/b")
    },
    Shape("doubled and trailing slashes", "//a///") { try $0.makeDirectory("a") },
    Shape("missing", "/a/b", refusedAt: "/a", .missing),
    Shape("missing below", "/a/b", refusedAt: "/a/b", .missing) { try $0.makeDirectory("a") },
    Shape("a symbolic link at the end", "/link", refusedAt: "/link", .symbolicLink) {
      try $0.makeDirectory("a")
      try link("a", "\($0.path)/link")
    },
    Shape("a symbolic link on the way", "/link/b", refusedAt: "/link", .symbolicLink) {
      try $0.makeDirectory("a")
      try $0.makeDirectory("a/b")
      try link("\($0.path)/a", "\($0.path)/link")
    },
    Shape("a symbolic link to nothing", "/link", refusedAt: "/link", .symbolicLink) {
      try link("nothing", "\($0.path)/link")
    },
    Shape("a file", "/a", refusedAt: "/a", .notDirectory) { try $0.write("a", "") },
    Shape("a FIFO", "/a", refusedAt: "/a", .notDirectory) { try $0.directory().makeFIFO("a", mode: 0o600) },
    Shape("dot dot", "/a/..", refusedAt: "/a/..", .notDirectory) { try $0.makeDirectory("a") },
    Shape("dot", "/.", refusedAt: "/.", .notDirectory),
    Shape("group-writable", "/a", refusedAt: "/a", .writableByOthers(mode: 0o770)) {
      try $0.makeDirectory("a", mode: 0o770)
    },
    Shape("group-writable on the way", "/a/b", refusedAt: "/a", .writableByOthers(mode: 0o775)) {
      try $0.makeDirectory("a", mode: 0o775)
      try $0.makeDirectory("a/b")
    },
    Shape("world-writable", "/a", refusedAt: "/a", .writableByOthers(mode: 0o707)) {
      try $0.makeDirectory("a", mode: 0o707)
    },
    Shape("readable by all", "/a") { try $0.makeDirectory("a", mode: 0o755) },
  ]

  @Test(arguments: shapes) func trust(_ shape: Shape) throws {
    let root = try TemporaryDirectory()
    try shape.prepare(root)
    let path = root.path + shape.path
    guard let reason = shape.reason else {
      let opened = try SafePath.openDirectory(path)
      let name = opened.path
      #expect(name.hasPrefix(root.path))
      return
    }
    let error = #expect(throws: UnsafePath.self) { _ = try SafePath.openDirectory(path) }
    #expect(error == UnsafePath(component: root.path + shape.component, reason: reason))
  }

  @Test(.enabled(if: Privilege.isRoot, "needs root, whose sticky directories are trusted"))
  func rootsStickyDirectoryIsTrusted() throws {
    let root = try TemporaryDirectory()
    try root.makeDirectory("sticky", mode: 0o1777)
    try root.makeDirectory("sticky/own")
    _ = try SafePath.openDirectory("\(root.path)/sticky/own")
  }

  @Test(.enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason)), arguments: [0o755, 0o1777] as [UInt32])
  func foreignOwner(_ mode: UInt32) throws {
    let root = try TemporaryDirectory()
    try root.makeDirectory("theirs", mode: mode)
    try root.directory().setOwner(of: "theirs", uid: 4242, gid: 4242)
    let error = #expect(throws: UnsafePath.self) { _ = try SafePath.openDirectory("\(root.path)/theirs") }
    #expect(error?.reason == .foreignOwner(uid: 4242, mode: mode))
    #expect(error?.description.contains("uid 4242") == true)
  }

  @Test func whatWasCheckedIsWhatIsUsed() throws {
    let root = try TemporaryDirectory()
    try root.makeDirectory("a")
    let held = try SafePath.openDirectory("\(root.path)/a")
    try root.directory().rename("a", to: "moved")
    try root.makeDirectory("a")
    try held.replaceFile("x", with: [1], mode: 0o600)
    #expect(try Directory.open("\(root.path)/moved").names() == ["x"])
    #expect(try Directory.open("\(root.path)/a").names().isEmpty)
  }

  @Test(arguments: [0, 0o022, 0o777] as [UInt32]) func madeComponentsHaveTheirModeWhateverTheUmask(
    _ mask: UInt32
  ) async {
    await #expect(processExitsWith: .success) { [mask] in
      Process.setFileCreationMask(mask)
      let root = try TemporaryDirectory()
      let made = try SafePath.openDirectory("\(root.path)/a/b", creating: 0o750)
      #expect(try made.descriptor.status().mode == 0o750)
      #expect(try root.directory().status(of: "a")?.mode == 0o750)
    }
  }
}
