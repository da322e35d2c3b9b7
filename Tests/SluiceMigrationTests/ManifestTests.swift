import SluiceChannel
import SluiceMigration
import Testing

@Suite struct ManifestTests {
  static let sample = """
    // A comment.
    {
      format: 1, id: "0002-fifo", title: "A FIFO", from: "run-file", to: "fifo",
      objects: { fifo: { kind: "fifo", at: "fifo", mode: "0600", groupMode: "0660" } },
      gates: { canaries: 5, latency: "1s", settle: "250ms" },
    }
    """

  private func parse(_ text: String) throws(ChannelFileError) -> Manifest {
    try Manifest.parse(bytes: Array(text.utf8), fileName: "m")
  }

  @Test func readsWhatItSays() throws {
    let manifest = try parse(Self.sample)
    #expect(manifest.id == "0002-fifo")
    #expect(manifest.from == .runFile)
    #expect(manifest.to == .fifo)
    #expect(manifest.objects.map(\.place) == [.fifo])
    #expect(manifest.objects[0].mode == 0o600)
    #expect(manifest.objects[0].groupMode == 0o660)
    #expect(manifest.gates == .init(canaries: 5, latency: 1_000_000_000, settle: 250_000_000))
  }

  @Test(arguments: [
    (#"id: "0002-fifo""#, #"idd: "0002-fifo""#, "idd: unknown key; did you mean 'id'?"),
    (#"to: "fifo""#, #"to: "socket""#, "to: must be the phase after run-file"),
    (#"to: "fifo""#, #"to: "pigeon""#, "is no phase"),
    (#"mode: "0600""#, "mode: 600", "objects.fifo.mode:"),
    (#"mode: "0600""#, #"mode: "0666""#, "lets every user write"),
    (#"kind: "fifo""#, #"kind: "pipe""#, "objects.fifo.kind:"),
    ("canaries: 5", "canaries: 0", "gates.canaries: must be from 1 to 1000"),
    (#"latency: "1s""#, "latency: 1", "gates.latency:"),
    ("format: 1", "format: 2", "format:"),
  ])
  func everyMistakeIsLocated(from: String, to: String, expected: String) throws {
    let text = String(
      Self.sample.split(separator: from, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: to))
    #expect(text != Self.sample)
    let error = #expect(throws: ChannelFileError.self) { try parse(text) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    #expect(error?.lines.allSatisfy { $0.hasPrefix("m:") } == true)
  }

  @Test func layoutAndCommentsMeanNothing() throws {
    let dense = """
      {format:1,id:"0002-fifo",title:"Other words",from:"1",to:"2",objects:{fifo:{mode:"0600",groupMode:"660",kind:"fifo",\
      at:"fifo"}},gates:{settle:"250ms",canaries:5,latency:"1000ms"}}
      """
    #expect(try parse(Self.sample).meaning == parse(dense).meaning)
  }

  @Test func aChangedMeaningNamesTheKeyAndBothValues() throws {
    let before = try parse(Self.sample)
    var after = before
    after.objects[0].mode = 0o620
    let text = try #require(Manifest.difference(before.meaning, after.meaning))
    #expect(text == "objects.fifo.mode was 0600 when it was applied and is 0620 now")
    #expect(Manifest.difference(before.meaning, before.meaning) == nil)
    after = before
    after.objects = []
    #expect(Manifest.difference(before.meaning, after.meaning)?.contains("is absent now") == true)
  }

  @Test func theShippedManifestsLeadFromPhaseToPhase() throws {
    let path = String(#filePath.prefix(upTo: #filePath.range(of: "/Tests/")!.lowerBound)) + "/migrations"
    let set = try ManifestSet.read(path)
    #expect(set.manifests.map(\.to) == [.runFile, .fifo, .socket, .retired])
    #expect(set.manifests.map(\.from) == [.fileDrop, .runFile, .fifo, .socket])
  }
}

extension String {
  fileprivate func range(of other: String) -> Range<String.Index>? { ranges(of: other).first }
}
