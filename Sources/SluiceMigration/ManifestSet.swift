package import SluiceChannel
internal import SluiceSystem

/// The manifests of a directory, in the order of their phases.
package struct ManifestSet: Sendable {
  package let directory: String
  package let manifests: [Manifest]

  /// Reads every `NNNN-*.json5` of the directory.
  package static func read(_ path: String) throws(MigrationFailure) -> ManifestSet {
    var manifests: [Manifest] = []
    for (name, bytes) in try contents(path) {
      let file = "\(path)/\(name)"
      do throws(ChannelFileError) { manifests.append(try Manifest.parse(bytes: bytes, fileName: file)) } catch {
        throw MigrationFailure(.badManifest, error.description)
      }
      guard manifests.last.map({ "\($0.id).json5" }) == name else {
        throw MigrationFailure(.badManifest, "\(file): id: must be the file's name without .json5")
      }
    }
    return ManifestSet(directory: path, manifests: manifests)
  }

  /// The manifest that leads to a phase from the one before it.
  package func leading(to phase: Phase) throws(MigrationFailure) -> Manifest {
    guard let found = manifests.first(where: { $0.to == phase }) else {
      throw MigrationFailure(.badManifest, "no manifest in \(directory) leads to phase \(phase.name)")
    }
    return found
  }

  private static func contents(_ path: String) throws(MigrationFailure) -> [(String, [UInt8])] {
    var found: [(String, [UInt8])] = []
    do throws(Errno) {
      let directory = try Directory.open(path)
      for name in try directory.names().sorted() where name.hasSuffix(".json5") && name.first?.isNumber == true {
        if let bytes = try directory.contents(of: name, limit: 1 << 20) { found.append((name, bytes)) }
      }
    } catch { throw MigrationFailure(.badManifest, "cannot read the migrations in \(path): \(error)") }
    return found
  }
}
