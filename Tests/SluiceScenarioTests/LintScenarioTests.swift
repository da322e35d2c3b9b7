import SluiceChannel
import SluiceSystem
import Testing

@Suite(.serialized, .printsLogs)
struct LintScenarioTests {
  @Test func theShippedFilesAreSound() throws {
    try Rehearsal.run { channel in
      let outcome = try channel.sluice("lint")
      #expect(outcome.status == 0 && outcome.output == "5 files, no problem\n", "\(outcome)")
      let shipped = try channel.sluice("lint", "\(Places.repository)/migrations")
      #expect(shipped.status == 0, "\(shipped)")
    }
  }

  @Test func everythingThatIsWrongIsNamedAtOnce() throws {
    try Rehearsal.run("stm: 3, limits: { connections: 0 },") { channel in
      let manifest = "\(channel.root)/migrations/0002-fifo.json5"
      let text = try Files.text(manifest)
      try Files.write(manifest, String(text.split(separator: "mode: ").joined(separator: "mod: ")))
      let outcome = try channel.sluice("lint")
      #expect(outcome.status == 78 && outcome.errors.isEmpty, "\(outcome)")
      for part in [
        "\(channel.channelFile):2:1: stm: unknown key; did you mean 'stem'?", ":2:32: limits.connections: must be from",
        "\(manifest):", "objects.fifo.mod: unknown key; did you mean 'mode'?", "problems in 5 files",
      ] { #expect(outcome.output.contains(part), "\(part): \(outcome)") }
      let json = try channel.sluice("--json", "lint")
      #expect(json.status == 78)
      let report = try JSONText.object(json.output)
      #expect(report.objects("files").map { $0.text("kind") }.prefix(2) == ["channel", "manifest"])
      #expect(
        report.number("problems") == Int64(report.objects("files").reduce(0) { $0 + $1.objects("problems").count }))
    }
  }

  /// An applied manifest may change its layout, never its meaning.
  @Test func whatWasAppliedIsCompared() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      #expect(try channel.sluice("lint").status == 0)
      let manifest = "\(channel.root)/migrations/0002-fifo.json5"
      let text = try Files.text(manifest)
      try Files.write(manifest, "// Another layout.\n" + text)
      #expect(try channel.sluice("lint").status == 0)
      try Files.write(manifest, String(text.split(separator: "0660").joined(separator: "0620")))
      let outcome = try channel.sluice("lint")
      #expect(outcome.status == 78, "\(outcome)")
      #expect(
        outcome.output.contains("groupMode: was 0660 when it was applied and is 0620 now; put it back"), "\(outcome)")
    }
  }

  @Test func whatCannotBeReadIsNamed() throws {
    try Rehearsal.run { channel in
      let missing = try channel.sluice("lint", "/nowhere/0001-a.json5")
      #expect(missing.status == 78 && missing.errors.contains("/nowhere/0001-a.json5"), "\(missing)")
      let empty = try channel.sluice("lint", "\(channel.root)/logs")
      #expect(empty.status == 78 && empty.errors.contains("holds no manifest"), "\(empty)")
      // A hostile name does nothing to a terminal.
      let odd = "\(channel.root)/\u{1B}[31mred\n.json5"
      try Files.write(odd, "{")
      let outcome = try channel.sluice("lint", odd)
      #expect(outcome.status == 78 && !outcome.output.contains("\u{1B}") && outcome.lines.count == 2, "\(outcome)")
    }
  }
}
