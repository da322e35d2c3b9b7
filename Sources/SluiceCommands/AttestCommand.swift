internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceSystem
internal import SluiceWire

/// `sluice attest`
enum AttestCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context)
    let (channel, layout, path) = try context.channel()
    let found: Attestation
    do throws(MigrationFailure) { found = try engine.attest() } catch { throw MigrationContext.failure(error) }
    let file = Digest.sha256(
      try FileRights.asRoot { () throws(CommandFailure) in try context.read(path, limit: 1 << 20) })
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("channel", channel.name.rawValue)
    json.member("at", Timestamp.now.description)
    json.member("asDeclared", found.isAsDeclared)
    json.member("phase", found.phase.name)
    json.member("generation", found.generation)
    json.beginObject("channelFile")
    json.member("path", path)
    json.member("sha256", file)
    json.endObject()
    json.beginArray("manifests")
    for manifest in found.manifests {
      json.beginObject()
      json.member("id", manifest.id)
      json.member("meaning", manifest.meaning)
      if let applied = manifest.applied { json.member("applied", applied) }
      json.endObject()
    }
    json.endArray()
    json.beginArray("objects")
    for object in found.objects { append(object, to: &json) }
    json.endArray()
    json.beginObject("transports")
    list("declared", found.declaredTransports, &json)
    if let open = found.openTransports { list("open", open, &json) }
    json.endObject()
    json.member("state", layout.database)
    json.endObject()
    context.screen.print(json: json.bytes)
    return found.isAsDeclared ? .done : .drift
  }

  private static func append(_ object: Attestation.Object, to json: inout JSONWriter) {
    json.beginObject()
    json.member("path", object.path)
    json.member("manifest", object.manifest)
    fields("declared", object.declared, &json)
    if let actual = object.actual { fields("actual", actual, &json) }
    json.beginArray("drift")
    for text in object.drift { json.element(text) }
    json.endArray()
    json.endObject()
  }

  private static func fields(_ name: StaticString, _ fields: Attestation.Fields, _ json: inout JSONWriter) {
    json.beginObject(name)
    json.member("kind", fields.kind)
    json.member("mode", "0\(String(fields.mode, radix: 8))")
    json.member("uid", Int64(fields.uid))
    if let gid = fields.gid { json.member("gid", Int64(gid)) }
    json.endObject()
  }

  private static func list(_ name: StaticString, _ kinds: [TransportKind], _ json: inout JSONWriter) {
    json.beginArray(name)
    for kind in kinds { json.element(kind.rawValue) }
    json.endArray()
  }
}
