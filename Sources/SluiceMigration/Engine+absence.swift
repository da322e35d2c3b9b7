internal import SluiceServer
internal import SluiceTransports

extension Engine {
  /// Why there is no word from the server, after one was asked for: nobody there, or somebody who does not answer.
  func absence() -> String {
    do throws(TransportFailure) {
      _ = try ControlClient(
        layout: layout, trust: ServerTrust(user: identity.user, group: identity.group),
        patience: Self.patienceForSilence
      ).status()
      return "answers only now; look again with: sluice verify"
    } catch {
      return error.kind == .notRunning
        ? "not running, so that no route can be probed; start it with: sluice serve"
        : "does not answer, so that no route can be probed (\(error.text)); see: sluice status"
    }
  }

  /// Nanoseconds.
  private static let patienceForSilence: Int64 = 2_000_000_000
}
