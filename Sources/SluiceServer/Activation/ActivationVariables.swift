/// What a service manager says of the listeners that it passes (sd_listen_fds(3)): LISTEN_PID, LISTEN_FDS and
/// LISTEN_FDNAMES.
package enum ActivationVariables: Equatable, Sendable {
  /// Nothing was passed, or to another process: a child inherits the variables of its parent.
  case none
  /// Names of the descriptors from 3 on; nil where none was given.
  case descriptors([String?])
  /// They contradict themselves.
  case malformed(String)

  /// The first descriptor, SD_LISTEN_FDS_START.
  package static let first: Int32 = 3
  /// A channel has one socket: far more than that is no passing of sockets.
  private static let most = 16

  package static func parse(_ variables: [String: String], pid: Int32) -> ActivationVariables {
    guard let pidText = variables["LISTEN_PID"], let countText = variables["LISTEN_FDS"] else { return .none }
    guard let meant = Int32(pidText), meant > 0 else {
      return .malformed("LISTEN_PID is '\(pidText)', and no process number")
    }
    guard meant == pid else { return .none }
    guard let count = Int(countText), (0...most).contains(count) else {
      return .malformed("LISTEN_FDS is '\(countText)', and no count from 0 to \(most)")
    }
    guard count > 0 else { return .none }
    guard let text = variables["LISTEN_FDNAMES"] else { return .descriptors(Array(repeating: nil, count: count)) }
    let names = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard names.count == count else {
      return .malformed("LISTEN_FDNAMES names \(names.count) descriptors, LISTEN_FDS says \(count)")
    }
    return .descriptors(names.map { $0.isEmpty || $0 == "unknown" || $0 == "stored" ? nil : $0 })
  }

  /// Which descriptor is the channel's socket; a sentence where that is not plain.
  ///
  /// A socket unit without FileDescriptorName= passes its own name, which ends with `.socket`.
  package static func socket(among names: [String?], called socket: String) -> Result<Int, ActivationProblem> {
    var found: Int?
    for (index, name) in names.enumerated() {
      let number = Int(first) + index
      let isSocket = name.map { $0 == socket || $0 == "socket" || $0.hasSuffix(".socket") } ?? (names.count == 1)
      guard isSocket else {
        return .failure(
          ActivationProblem(
            text: "descriptor \(number) (\(name ?? "without a name")) is none that a channel takes;"
              + " set FileDescriptorName=socket"))
      }
      guard found == nil else {
        return .failure(ActivationProblem(text: "descriptor \(number) is a second socket; a channel has one"))
      }
      found = index
    }
    guard let found else { return .failure(ActivationProblem(text: "no descriptor was passed")) }
    return .success(found)
  }
}

/// Why what a service manager passed is not used, in a sentence.
package struct ActivationProblem: Error, Equatable, Sendable {
  package let text: String
}
