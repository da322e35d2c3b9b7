/// How a message speaks, seen by its own keys; it is answered in kind.
package enum Dialect: String, Sendable {
  /// `{"jsonrpc":"2.0",...}`: JSON-RPC 2.0, and so MCP.
  case jsonRPC = "json-rpc"
  /// `{"method":"ping"}` without version and id.
  case plain
  /// `{"type":"mcp_message","content":"ping"}`, as old file drops have it.
  case drop
  /// `POST /hook?event=E` with an object as its body: any object, since the URL says what it is.
  case hook
}
