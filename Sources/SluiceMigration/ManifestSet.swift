package import SluiceChannel
internal import SluiceSystem

/// The manifests of a directory, in the order of their phases.
package struct ManifestSet: Sendable {
  package let directory: String
  package let manifests: [Manifest]

  /// Reads every `NNNN-*.json5` of the directory.
  package static func read(_ path: String) throws(MigrationFailure) -> ManifestSet {
    var manifests: [Manifest] = []
    for file in try files(in: path) {
      do throws(ChannelFileError) {
        manifests.append(try Manifest.parse(bytes: file.bytes, fileName: file.path))
      } catch { throw MigrationFailure(.badManifest, error.description) }
      guard manifests.last.map({ "\(path)/\($0.id).json5" }) == file.path else {
        throw MigrationFailure(.badManifest, "\(file.path): id: must be the file's name without .json5")
      }
    }
    return ManifestSet(directory: path, manifests: manifests)
  }

  /// The manifest that leads to a phase from the one before it.
  package func leading(to phase: Phase) throws(MigrationFailure) -> Manifest {
    guard let found = manifests.first(where: { $0.to == phase }) else {
      throw MigrationFailure(
        .badManifest,
        "no manifest in \(directory) leads to phase \(phase.name); name another directory with --migrations")
    }
    return found
  }

  /// Every manifest of a directory as it is written, in the order of the names.
  package static func files(in path: String) throws(MigrationFailure) -> [Lint.File] {
    var found: [Lint.File] = []
    do throws(Errno) {
      let directory = try Directory.open(path)
      for name in try directory.names().sorted() where name.hasSuffix(".json5") && name.first?.isNumber == true {
        if let bytes = try directory.contents(of: name, limit: 1 << 20) {
          found.append(Lint.File(path: "\(path)/\(name)", bytes: bytes))
        }
      }
    } catch {
      throw MigrationFailure(
        .badManifest, "cannot read the migrations in \(path): \(error); name another directory with --migrations")
    }
    return found
  }
}
