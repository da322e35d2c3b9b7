internal import SluiceChannel
internal import SluiceRelay
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire
internal import SluiceTransports

/// The certificate of a retirement: what was known when the path was sealed, for whoever asks years later.
extension Engine {
  package static let certificateFormat = 1

  /// Written before the phase moves, and completed afterwards; each time whole.
  func certify(isFinal: Bool, _ run: Int64, _ state: State) throws(MigrationFailure) {
    let bytes: [UInt8]
    do throws(StoreFailure) { bytes = try certificate(isFinal: isFinal, run, state) } catch {
      throw MigrationFailure(error)
    }
    do throws(UnsafePath) {
      let directory = try identity.directory(layout.stateDirectory)
      do throws(Errno) {
        try directory.replaceFile(Self.certificateName, with: bytes, mode: 0o600, durable: true)
        if let owner = identity.owner {
          try directory.setOwner(of: Self.certificateName, uid: owner.uid, gid: owner.gid)
        }
      } catch { throw UnsafePath(component: layout.retirementCertificate, reason: .system(error)) }
    } catch { throw MigrationFailure(.failed, "cannot write the certificate: \(error)") }
  }

  static let certificateName = "retirement.json"

  private func certificate(isFinal: Bool, _ run: Int64, _ state: State) throws(StoreFailure) -> [UInt8] {
    let now = Clock.realtime
    let begun = try state.runs(limit: 100).first { $0.number == run }?.started ?? now
    var parts: [(StaticString, [UInt8])] = []
    for (name, part) in [
      ("quietWindow" as StaticString, "quietWindow"), ("waivers", "waivers"), ("clients", "clients"), ("gaps", "gaps"),
      ("seal", "seal"),
    ] { parts.append((name, try state.retirement(part) ?? Array("null".utf8))) }
    var routes: [[UInt8]] = []
    for kind in [TransportKind.runFile, .fifo] {
      if let route = try state.retirement("route \(kind.rawValue)") { routes.append(route) }
    }
    let ledger = try state.ledger()
    let audit = audit()
    let account = relayAccount()
    return RetirementParts.object { json in
      json.member("format", Self.certificateFormat)
      json.member("certificate", "retirement")
      json.member("status", isFinal ? "retired" : "sealing")
      json.member("channel", channel.name.rawValue)
      json.member("host", Self.hostName)
      json.beginObject("by")
      json.member("uid", Int64(Process.effectiveUser))
      if let user = Accounts.userName(Process.effectiveUser) { json.member("user", user) }
      json.endObject()
      json.member("run", run)
      json.member("begun", RetirementParts.time(begun))
      json.member("written", RetirementParts.time(now))
      json.beginObject("legacy")
      json.member("input", layout.legacyInput)
      json.member("bad", layout.legacyBad)
      json.endObject()
      for (name, part) in parts { json.member(name, raw: part) }
      json.member(
        "routes", raw: [UInt8(ascii: "[")] + Array(routes.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "]")])
      json.member("ledger", raw: Self.ledger(ledger))
      if let account { json.member("relay", raw: account.json.filter { $0 != 0x0A }) }
      json.member(
        "manifests",
        raw: RetirementParts.array(manifests.manifests) { manifest, json in
          json.member("id", manifest.id)
          json.member("sha256", Digest.sha256(Array(manifest.meaning.utf8)))
        })
      json.member("audit", raw: audit)
    } + [0x0A]
  }

  private static func ledger(_ entries: [LedgerEntry]) -> [UInt8] {
    RetirementParts.array(entries) { entry, json in
      json.member("route", entry.route)
      json.member("generation", entry.generation)
      entry.append(countsTo: &json)
      json.member("canaries", entry.canaries)
    }
  }

  /// The log's head, and the SHA-256 of each of its files, as many bytes of it as are named.
  private func audit() -> [UInt8] {
    // A running server writes out what it holds back before it answers.
    _ = observer.server()
    do throws(Errno) {
      let files = try AuditFiles(in: Directory.open(layout.logDirectory), name: "audit.jsonl")
      let chain = try files.verify()
      var sums: [(name: String, bytes: Int, sha256: String)] = []
      for file in files.files {
        let digest = Digest()
        var bytes = 0
        _ = try AuditVerifier.forEachLine(file.descriptor) { line in
          digest.update(Array(line))
          digest.update([0x0A])
          bytes += line.count + 1
          return true
        }
        sums.append((file.name, bytes, digest.finish()))
      }
      return RetirementParts.object { json in
        json.member("intact", chain.fault == nil)
        if let fault = chain.fault { json.member("fault", fault) }
        json.member("records", chain.records)
        json.member("seals", chain.seals)
        json.member("lastRecord", chain.lastSequence)
        json.member("lastSeal", chain.lastDigest)
        json.member(
          "files",
          raw: RetirementParts.array(sums) { sum, json in
            json.member("name", sum.name)
            json.member("bytes", sum.bytes)
            json.member("sha256", sum.sha256)
          })
      }
    } catch { return RetirementParts.object { json in json.member("fault", "cannot be read: \(error)") } }
  }

  private static var hostName: String {
    let bytes = (try? Directory.open("/proc/sys/kernel").contents(of: "hostname", limit: 256)) ?? nil
    return String(decoding: (bytes ?? []).prefix { $0 != 0x0A }, as: UTF8.self)
  }
}
