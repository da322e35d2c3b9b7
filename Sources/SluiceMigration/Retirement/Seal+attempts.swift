internal import SluiceSystem

extension Seal {
  /// One way of writing, tried on the sealed path by one user.
  package struct Trial: Equatable, Sendable {
    package let style: String
    package let uid: UInt32
    /// nil where it went through.
    package let refusal: String?
    /// Why it could not be tried.
    package let trouble: String?

    package var wentThrough: Bool { refusal == nil && trouble == nil }
    package var text: String { "\(style) as uid \(uid)" }
  }

  /// Tries every style as each user; what gets through is put right again before the next.
  /// - Parameters:
  ///   - users: besides ourselves; only root can try what others could do.
  ///   - restore: makes the seal anew.
  package func trials<Failure>(
    users: [UInt32], restore: () throws(Failure) -> Void
  ) throws(Failure) -> [Trial] {
    var trials: [Trial] = []
    let own = Process.effectiveUser
    for user in [own] + users where user == own || own == 0 {
      for style in WriteAttempt.Style.allCases {
        let trial = LegacyRights.at(path) { attempt(style, as: user == own ? nil : user) }
        trials.append(trial)
        if trial.wentThrough { try restore() }
      }
    }
    return trials
  }

  private func attempt(_ style: WriteAttempt.Style, as user: UInt32?) -> Trial {
    let (parent, name) = Engine.split(path)
    let outcome: WriteAttempt.Outcome
    do throws(Errno) {
      outcome = WriteAttempt.make(
        style, on: name, in: try Directory.open(parent), as: user,
        temporary: ".\(name).sluice-\(Random.token(bytes: 8))")
    } catch { outcome = .notTried(error) }
    let (refusal, trouble): (String?, String?) =
      switch outcome {
      case .wentThrough: (nil, nil)
      case .refused(let error): (error.name, nil)
      case .notTried(let error): (nil, error.name)
      }
    return Trial(style: style.rawValue, uid: user ?? FileRights.user, refusal: refusal, trouble: trouble)
  }

  /// Removes what an attempt of ours left in its place: an empty file.
  package func clearAttempt() { LegacyRights.at(path) { cleared() } }

  private func cleared() {
    let (parent, name) = Engine.split(path)
    guard let directory = try? Directory.open(parent), let status = (try? directory.status(of: name)) ?? nil,
      status.kind == .regular, status.size == 0
    else { return }
    try? directory.unlink(name)
  }
}
