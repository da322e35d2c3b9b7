internal import CSimdjson

/// What a bridge must know of the few messages that open a session or give a request up (MCP, "Lifecycle" and
/// "Cancellation"); everything else passes through it unread.
package struct SessionFacts: Equatable, Sendable {
  /// `params.requestId`, which `notifications/cancelled` names; absent where there is none.
  package var requestID: RequestID
  /// `result` is there and is an object.
  package var hasResult: Bool
  /// `tools`, `prompts`, `resources`: those whose capability in the result of `initialize` announces `listChanged`.
  package var changingLists: [String]

  /// An id that is a longer string than this is not looked at.
  private static let longestID = 4096

  /// Reads a text that a `MessageReader` accepted.
  package init(of bytes: RawSpan) {
    var found = sl_session()
    let text: String? = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longestID) { room in
      unsafe bytes.withUnsafeBytes { raw in
        unsafe sl_json_read_session(
          raw.bindMemory(to: UInt8.self).baseAddress, UInt64(raw.count), &found, room.baseAddress,
          UInt64(Self.longestID))
      }
      guard found.id_kind == SL_KIND_STRING else { return nil }
      return unsafe String(decoding: room[0..<Int(found.id_length)], as: UTF8.self)
    }
    requestID =
      switch Int(found.id_kind) {
      case SL_KIND_STRING: .string(text ?? "")
      case SL_KIND_INTEGER: .integer(found.id_integer)
      case SL_KIND_UNSIGNED: .unsigned(found.id_unsigned)
      default: .absent
      }
    hasResult = found.has_result != 0
    changingLists = []
    if found.tools_change != 0 { changingLists.append("tools") }
    if found.prompts_change != 0 { changingLists.append("prompts") }
    if found.resources_change != 0 { changingLists.append("resources") }
  }
}
