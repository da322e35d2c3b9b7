package import SluiceChannel

/// Declared against actual, field by field, for a program to compare: what `verify` judges, as it was found.
package struct Attestation: Equatable, Sendable {
  /// What an object should be or is.
  package struct Fields: Equatable, Sendable {
    package let kind: String
    package let mode: UInt32
    package let uid: UInt32
    /// nil where any group will do.
    package let gid: UInt32?
  }
  package struct Object: Equatable, Sendable {
    package let path: String
    package let manifest: String
    package let declared: Fields
    /// nil where nothing stands there, or it cannot be looked at.
    package let actual: Fields?
    /// In words; empty where it is as declared.
    package let drift: [String]
  }
  package struct Applied: Equatable, Sendable {
    package let id: String
    /// SHA-256 of what the manifest means now.
    package let meaning: String
    /// And of what it meant when it was applied; nil where it was not.
    package let applied: String?
  }
  package let phase: Phase
  package let generation: Int64
  package let manifests: [Applied]
  package let objects: [Object]
  package let declaredTransports: [TransportKind]
  /// nil where no server answers.
  package let openTransports: [TransportKind]?

  package var isAsDeclared: Bool {
    objects.allSatisfy(\.drift.isEmpty) && manifests.allSatisfy { $0.applied == nil || $0.applied == $0.meaning }
      && (openTransports.map { Set($0) == Set(declaredTransports) } ?? true)
  }
}
