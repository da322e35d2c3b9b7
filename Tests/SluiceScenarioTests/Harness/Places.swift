import SluiceSystem

/// Where things of the repository and of the build are.
enum Places {
  /// The repository, known from where this file was compiled.
  static let repository: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(4)
    return "/" + parts.joined(separator: "/")
  }()

  /// The binary under test: as told, or the product beside the test bundle.
  static let binary: String = {
    if let told = Process.environment("SLUICE_BINARY"), !told.isEmpty { return told }
    return instrumented
  }()

  /// The product beside the test bundle, which has the stop points and planted faults that a release lacks.
  static let instrumented: String = {
    let beside = (Process.programPath ?? "").split(separator: "/").dropLast().joined(separator: "/")
    for path in ["/\(beside)/sluice", "\(repository)/.build/debug/sluice"] {
      if (try? Files.exists(path)) == true { return path }
    }
    return "\(repository)/.build/debug/sluice"
  }()
}
