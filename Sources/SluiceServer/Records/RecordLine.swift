internal import SluiceWire
internal import SluicePolicy

/// The audit record that is being written: one JSON object on one line.
///
/// Written by hand into memory that is used again, because one is written for every message: names and order are fixed,
/// so that a record reads the same everywhere and replay finds what it needs.
@safe struct RecordLine: ~Copyable {
  private var storage: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 1024) {
    unsafe storage = .allocate(capacity: capacity)
    self.capacity = capacity
  }
  deinit { unsafe storage.deallocate() }

  mutating func begin(sequence: Int64) {
    count = 0
    append("{\"seq\":")
    append(sequence)
  }
  mutating func end() { append(UInt8(ascii: "}")) }
  mutating func clear() { count = 0 }

  /// The record of a message's end; `now` in monotonic nanoseconds. `head` and `subject` are its parts that were
  /// composed before.
  mutating func compose(
    _ ending: borrowing Ending, sequence: Int64, head: borrowing RecordLine, subject: borrowing RecordLine, now: Int64
  ) {
    begin(sequence: sequence)
    append(head)
    if !ending.isPlain, let id = ending.id { member("id", id) }
    append(subject)
    append(",\"bytes\":")
    append(Int64(ending.byteCount))
    append(",\"micros\":")
    append(ending.arrived.map { (now - $0) / 1000 } ?? 0)
    if !ending.isPlain { addRare(ending) }
    end()
  }

  private mutating func addRare(_ ending: borrowing Ending) {
    if let code = ending.code { member("code", Int64(code)) }
    if let reason = ending.reason { member("reason", Self.bounded(reason)) }
    if let ruling = ending.ruling {
      member("verdict", ruling.verdict)
      if let rule = ruling.rule { member("rule", rule) }
    }
    if let program = ending.program {
      member("program", Self.bounded(program.path))
      member("sha256", program.sha256)
    }
  }

  /// What a message is about: the part of its record that stays the same while its like come in.
  mutating func subject(dialect: Dialect?, method: String, target: String?) {
    clear()
    if let dialect { member("dialect", dialect.rawValue) }
    if !method.isEmpty { member("method", Self.bounded(method)) }
    if let target { member("target", Self.bounded(target)) }
  }

  private static func bounded(_ text: String) -> String {
    text.utf8.count <= 256 ? text : String(text.prefix(200)) + "…"
  }

  mutating func moment(_ time: [UInt8], event: StaticString) {
    append(",\"time\":\"")
    append(time)
    append("\",\"event\":\"")
    append(event)
    append(UInt8(ascii: "\""))
  }

  mutating func member(_ name: StaticString, _ value: String) {
    key(name)
    append(UInt8(ascii: "\""))
    if !appendPlain(value) {
      var escaped: [UInt8] = []
      JSONWriter.append(value, to: &escaped)
      append(escaped[1..<(escaped.count - 1)])
    }
    append(UInt8(ascii: "\""))
  }

  mutating func member(_ name: StaticString, _ value: Int64) {
    key(name)
    append(value)
  }

  /// Lends what was written so far.
  func withBytes<Failure>(_ body: (RawSpan) throws(Failure) -> Void) throws(Failure) {
    try unsafe body(UnsafeRawBufferPointer(start: storage, count: count).bytes)
  }

  mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe storage[count] = byte
    count += 1
  }
  mutating func append(_ bytes: some Sequence<UInt8>) {
    let copied: Void? = bytes.withContiguousStorageIfAvailable { unsafe append($0) }
    if copied == nil { for byte in bytes { append(byte) } }
  }
  mutating func append(_ line: borrowing RecordLine) {
    unsafe append(UnsafeBufferPointer(start: line.storage, count: line.count))
  }

  private mutating func append(_ text: StaticString) {
    unsafe append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    reserve(bytes.count)
    unsafe (storage + count).update(from: start, count: bytes.count)
    count += bytes.count
  }

  /// From the last digit to the first; a sign and the digits of any Int64 are 20.
  private mutating func append(_ value: Int64) {
    reserve(20)
    var rest = value.magnitude
    var length = 1
    var bound: UInt64 = 10
    while length < 19, rest >= bound {
      length += 1
      bound *= 10
    }
    if value < 0 { append(UInt8(ascii: "-")) }
    var place = count + length
    count = place
    // Two digits a division.
    while length > 1 {
      let pair = rest % 100
      rest /= 100
      place -= 2
      length -= 2
      let tens = pair / 10
      unsafe storage[place] = UInt8(truncatingIfNeeded: 48 + tens)
      unsafe storage[place + 1] = UInt8(truncatingIfNeeded: 48 + pair - tens * 10)
    }
    if length > 0 { unsafe storage[place - 1] = UInt8(truncatingIfNeeded: 48 + rest % 10) }
  }

  /// Appends a text that needs no escapes; false, with nothing done, where it needs some.
  private mutating func appendPlain(_ text: String) -> Bool {
    unsafe text.utf8.withContiguousStorageIfAvailable { utf8 in
      guard unsafe JSONWriter.isPlain(utf8) else { return false }
      unsafe append(utf8)
      return true
    } ?? false
  }

  private mutating func key(_ name: StaticString) {
    append(",\"")
    append(name)
    append("\":")
  }

  @inline(__always)
  private mutating func reserve(_ more: Int) { if capacity - count < more { grow(by: more) } }

  @inline(never)
  private mutating func grow(by more: Int) {
    let larger = max(capacity * 2, count + more)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    unsafe moved.update(from: storage, count: count)
    unsafe storage.deallocate()
    unsafe storage = moved
    capacity = larger
  }
}
