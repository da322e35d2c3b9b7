internal import SluiceChannel
package import SluiceSystem
package import SluiceTransports

/// A listener that a service manager made and passed. It is checked against the channel file, and never removed or shut
/// down: it is the manager's, and clients who connect between two servers wait in it.
package struct ActivatedSocket {
  package let listener: HandedDescriptor
  private let number: Int32

  /// Takes what was passed to this process, before it opens anything itself, and removes the variables; nil where
  /// nothing was.
  package static func inherit(socketName: String) throws(ServiceFailure) -> ActivatedSocket? {
    let variables = ActivationVariables.parse(Process.environment, pid: Process.identifier)
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { Process.removeEnvironment(name) }
    switch variables {
    case .none: return nil
    case .malformed(let text): throw refusal(text)
    case .descriptors(let names):
      switch ActivationVariables.socket(among: names, called: socketName) {
      case .failure(let problem): throw refusal(problem.text)
      case .success(let index): return try inherit(ActivationVariables.first + Int32(index))
      }
    }
  }

  private static func inherit(_ number: Int32) throws(ServiceFailure) -> ActivatedSocket {
    let kind: SocketKind
    do throws(Errno) { kind = try SocketKind(ofInherited: number) } catch {
      throw refusal(
        error == .badDescriptor
          ? "descriptor \(number) is not open, which LISTEN_FDS says it is" : "descriptor \(number) is no socket")
    }
    guard kind.isUnix, kind.isStream, kind.isListening else {
      throw refusal("descriptor \(number) is no listening Unix stream socket; use ListenStream= with a path")
    }
    do throws(Errno) {
      return ActivatedSocket(listener: HandedDescriptor(try OwnedDescriptor.inherited(number)), number: number)
    } catch { throw refusal("descriptor \(number): \(error)") }
  }

  /// Whether it is the socket that the channel file declares: its path, and its node's kind, owner, group and mode.
  func check(_ channel: ChannelFile, _ layout: ChannelLayout, _ identity: ChannelIdentity) throws(ServiceFailure) {
    let path = layout.socket
    let bound: String
    do throws(Errno) { bound = try listener.socketPath() } catch {
      throw Self.refusal("descriptor \(number): \(error)")
    }
    guard bound == path else {
      throw Self.refusal(
        "descriptor \(number) is bound to \(bound.isEmpty ? "no path" : bound), the channel file says \(path)")
    }
    let found: FileStatus?
    do throws(UnsafePath) {
      let directory = try identity.directory(layout.runtimeDirectory)
      do throws(Errno) { found = try directory.status(of: layout.names.socket) } catch {
        throw UnsafePath(component: path, reason: .system(error))
      }
    } catch { throw ServiceFailure(TransportFailure(error)) }
    guard let found, found.kind == .socket else { throw Self.refusal("\(path) is not a socket any more") }
    let declared = channel.socket.mode.rawValue
    guard found.mode == declared else {
      throw Self.refusal(
        "\(path) has mode 0\(String(found.mode, radix: 8)), the channel file says 0\(String(declared, radix: 8));"
          + " set SocketMode=")
    }
    guard found.uid == identity.user || found.uid == 0 else {
      throw Self.refusal("\(path) belongs to uid \(found.uid), the channel to uid \(identity.user); set SocketUser=")
    }
    if let group = identity.group, found.gid != group {
      throw Self.refusal("\(path) belongs to group \(found.gid), the channel file says \(group); set SocketGroup=")
    }
  }

  private static func refusal(_ text: String) -> ServiceFailure {
    ServiceFailure(.unsafePath, "the service manager's socket is not used: \(text)")
  }
}
