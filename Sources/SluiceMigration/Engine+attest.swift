internal import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem

extension Engine {
  /// Looks at what the phases so far declare; changes nothing and sends nothing.
  package func attest() throws(MigrationFailure) -> Attestation {
    let seen = try observer.observe([])
    var objects: [Attestation.Object] = []
    var applied: [Attestation.Applied] = []
    for manifest in manifests.manifests {
      let meaning = try stored { () throws(StoreFailure) in try observer.state()?.appliedMeaning(of: manifest.id) }
      applied.append(
        Attestation.Applied(
          id: manifest.id, meaning: Self.digest(manifest.meaning), applied: meaning.map(Self.digest)))
    }
    for manifest in try manifestsInForce() where manifest.to <= seen.phase {
      let there = try observeSettled(manifest)
      for object in manifest.objects where !isGivenUp(object, there) {
        objects.append(attested(object, manifest, there))
      }
    }
    let open = seen.phase.openTransports.filter { !seen.givenUp.contains($0) }
    return Attestation(
      phase: seen.phase, generation: seen.generation, manifests: applied, objects: objects,
      declaredTransports: open, openTransports: seen.server?.transports)
  }

  private func attested(_ object: Manifest.Object, _ manifest: Manifest, _ seen: Observation) -> Attestation.Object {
    let path = object.place.path(layout)
    let mode = object.kind == .socket ? seen.socketMode : seen.group == nil ? object.mode : object.groupMode
    var actual: Attestation.Fields?
    if case .present(let kind, let mode, let uid, let gid, _)? = seen.objects[path] {
      actual = Attestation.Fields(kind: kind, mode: mode, uid: uid, gid: gid)
    }
    return Attestation.Object(
      path: path, manifest: manifest.id,
      declared: Attestation.Fields(kind: object.kind.fileKind, mode: mode, uid: seen.user, gid: seen.group),
      actual: actual, drift: object.drift(seen, layout))
  }

  private static func digest(_ meaning: String) -> String { Digest.sha256(Array(meaning.utf8)) }
}
