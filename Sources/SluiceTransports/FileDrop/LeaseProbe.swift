internal import SluiceSystem

/// Whether the kernel grants leases where claims are kept, tried on a file of our own.
enum LeaseProbe {
  /// Why drops there cannot be proven complete, in a sentence; nil where they can.
  static func trouble(in claims: borrowing Directory) -> String? {
    let name = ".lease-\(Random.token(bytes: 8))"
    let outcome: OwnedDescriptor.Lease
    do throws(Errno) {
      do { _ = try claims.open(name, .createNew(mode: 0o600)).raw }
      defer { try? claims.unlinkIfPresent(name) }
      outcome = try claims.open(name, .read).takeReadLease()
    } catch { return "whether leases are granted could not be tried (\(error))" }
    guard case .unavailable(let error) = outcome else { return nil }
    let reason =
      error == .invalid ? "the filesystem has none, or fs.leases-enable is 0" : "\(error)"
    return
      "no leases at \(claims.path): \(reason); a drop counts as complete after 200 ms of quiet, and is marked quiet"
  }
}
