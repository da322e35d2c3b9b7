package import SluiceChannel
package import SluiceTransports

/// An operator's command talking to a running server.
package struct ControlClient: Sendable {
  private let sender: SocketSender

  package init(layout: ChannelLayout, trust: ServerTrust, patience: Int64 = 10_000_000_000) {
    sender = SocketSender(
      directory: layout.runtimeDirectory, name: layout.names.controlSocket, patience: patience,
      trust: trust)
  }

  /// Asks; the answer is JSON text. An `error` in it is thrown.
  @discardableResult
  package func ask(_ request: ControlRequest) throws(TransportFailure) -> [UInt8] {
    let reply = try sender.request(request.json)
    if let value = try? JSON5.parse(reply), case .object(let object) = value.kind,
      case .string(let text)? = object["error"]?.kind
    {
      throw TransportFailure(.failed, text)
    }
    return reply
  }

  package func status() throws(TransportFailure) -> ServerStatus {
    guard let status = ServerStatus(json: try ask(.status)) else {
      throw TransportFailure(.failed, "the server's answer to status was not understood; are versions mixed?")
    }
    return status
  }

  /// How each kept message stands after the order, by its id.
  package func quarantine(_ order: ControlRequest.QuarantineOrder, _ ids: [String]) throws(TransportFailure)
    -> [String: String]
  {
    var standings: [String: String] = [:]
    guard let value = try? JSON5.parse(try ask(.quarantine(order, ids: ids))), case .object(let object) = value.kind,
      case .object(let found)? = object["quarantine"]?.kind
    else { return standings }
    for member in found.members {
      if case .string(let word) = member.value.kind { standings[member.key] = word }
    }
    return standings
  }

  /// How often each token was seen on each route.
  package func seen(_ tokens: [String]) throws(TransportFailure) -> [String: [TransportKind: Int]] {
    var seen: [String: [TransportKind: Int]] = [:]
    guard let value = try? JSON5.parse(try ask(.seen(canaries: tokens))), case .object(let object) = value.kind,
      case .object(let canaries)? = object["canaries"]?.kind
    else { return seen }
    for member in canaries.members {
      guard case .object(let routes) = member.value.kind else { continue }
      for route in routes.members {
        guard let kind = TransportKind(rawValue: route.key), case .number(let count) = route.value.kind else {
          continue
        }
        seen[member.key, default: [:]][kind] = Int(count.integer ?? 0)
      }
    }
    return seen
  }
}
