/// Runs a call of the C shim and turns its negated errno into a thrown one; an interrupted call is made again.
///
/// Every call of the shim goes through here or through `systemCallUnlessBlocked`, so the policy for EINTR, for EBADF
/// (our own fault, never a peer's) and for would-block stands in one file.
@inline(__always)
@discardableResult
func systemCall<Result: SignedInteger & FixedWidthInteger>(_ body: () -> Result) throws(Errno) -> Result {
  while true {
    let result = body()
    if result >= 0 { return result }
    let error = Errno(rawValue: Int32(truncatingIfNeeded: -result))
    if error == .interrupted { continue }
    assert(error != .badDescriptor, "a descriptor was used after its close")
    throw error
  }
}

/// As `systemCall`, but a call that would block is the value nil: would-block is an answer, not an error.
@inline(__always)
func systemCallUnlessBlocked<Result: SignedInteger & FixedWidthInteger>(
  _ body: () -> Result
) throws(Errno) -> Result? {
  do throws(Errno) { return try systemCall(body) } catch {
    if error == .wouldBlock { return nil }
    throw error
  }
}
