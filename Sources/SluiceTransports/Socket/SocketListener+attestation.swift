internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem

extension SocketListener {
  /// What rules ask about peers beyond user and groups.
  package struct Attestation: Sendable, Equatable {
    /// Looks the program of each new connection up before anything is read from it.
    package var program: Bool
    /// Looks the sending process of every piece of a message up.
    package var senderPerMessage: Bool

    package init(program: Bool = false, senderPerMessage: Bool = false) {
      self.program = program
      self.senderPerMessage = senderPerMessage
    }

    package static let usersOnly = Attestation()
  }

  /// Who connected, or nil where that cannot be known: then it is refused.
  func identify(_ socket: borrowing OwnedDescriptor) -> PeerCredentials? {
    let found: PeerCredentials
    do throws(Errno) { found = try lookUp.credentials(socket) } catch {
      sink.noticed("\(path): refused a connection whose credentials could not be read: \(error)")
      return nil
    }
    guard let known = found.known(users: lookUp.users, groups: lookUp.groups) else {
      sink.noticed(
        "\(path): refused a connection of a user that this user namespace does not know (shown as \(found.uid))")
      return nil
    }
    return known
  }

  /// A new connection's watch, where rules ask for more than its user.
  func watch(_ socket: borrowing OwnedDescriptor, _ credentials: PeerCredentials) -> PeerWatch? {
    guard attestation != .usersOnly else { return nil }
    // The listener has handed it on, unless it was set since.
    if attestation.senderPerMessage { try? socket.passCredentials(true) }
    return PeerWatch(socket, credentials, attestation, lookUp)
  }

  /// Calls `completion` when the peer's program is known, or known to stay unknown; at once where nobody asks.
  func attest(_ connection: SocketConnection, then completion: @escaping () -> Void) {
    guard attestation.program, let watch = connection.watch, let process = watch.pinned else {
      completion()
      return
    }
    do throws(Errno) {
      if programs == nil { programs = try ProgramDesk(reactor: reactor) }
      programs?.look(
        at: process, limit: lookUp.programLimit, for: connection.principal.uid ?? .max,
        isWanted: { [weak connection] in connection?.isEnded == false },
        completion: { evidence in
          watch.found(evidence)
          completion()
        })
    } catch {
      watch.found(.unknown(reason: "the sending program could not be looked up: \(error)"))
      completion()
    }
  }

  /// Makes the listener hand on, or no longer hand on, what single messages are judged by.
  func applyAttestation(to listener: borrowing OwnedDescriptor) {
    do throws(Errno) { try listener.passCredentials(attestation.senderPerMessage) } catch {
      sink.noticed("\(path): the senders of single messages cannot be looked up: \(error)")
    }
  }
}
