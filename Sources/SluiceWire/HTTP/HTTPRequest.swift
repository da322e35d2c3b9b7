/// What a client may ask over HTTP.
package enum HTTPRequest: Equatable, Sendable {
  /// `POST /hook?event=E`: a message in the hook dialect.
  case hook(event: String)
  /// `GET /health`: whether messages are taken.
  case health
  /// `GET /metrics`: counts, in the text format of Prometheus.
  case metrics
}
