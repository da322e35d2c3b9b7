internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports

/// How a message is written.
enum RehearsalStyle: String, CaseIterable, Sendable {
  /// `>`
  case overwrite
  /// `>>`
  case append
  /// Beside the path, then `mv`.
  case rename
  /// `>`, in two pieces with a pause between.
  case slow
  /// Through whatever the endpoint file names.
  case follow
  case runFile = "run-file"
  case fifo
  case socket

  /// Whether another writer can take a message of this style away before anybody reads it.
  var isOverwritten: Bool {
    switch self {
    case .overwrite, .append, .rename, .slow, .follow: true
    case .runFile, .fifo, .socket: false
    }
  }
}

/// A writer of the rehearsal.
struct RehearsalWriter: Sendable {
  let style: RehearsalStyle
  /// Nanoseconds between two messages.
  let interval: Int64
  /// Bytes of a message.
  let size: Int
}

/// The writers, each on a thread of its own, with what they have written.
final class RehearsalWriters: Sendable {
  struct Written {
    /// Labels that were written for certain.
    var sure: [String: RehearsalStyle] = [:]
    /// Labels of which nobody can say whether they were: a connection ended in the middle.
    var unsure: Set<String> = []
    var running = 0
    var isStopped = false
    var isPaused = false
    var active = 0
  }
  private let channel: ChannelFile
  private let layout: ChannelLayout
  private let state = Lock(Written())

  init(_ channel: ChannelFile, _ layout: ChannelLayout) {
    self.channel = channel
    self.layout = layout
  }

  func start(_ writers: [RehearsalWriter]) throws(CommandFailure) {
    for (number, writer) in writers.enumerated() {
      state.withLock { $0.running += 1 }
      do throws(Errno) {
        try SystemThread.start("writer-\(number)") { [self] in
          write(writer, "w\(number)")
          state.withLock { $0.running -= 1 }
        }
      } catch { throw CommandFailure(.failed, "cannot start a writer: \(error)") }
    }
  }

  var count: Int { state.withLock { $0.sure.count } }
  var written: (sure: [String: RehearsalStyle], unsure: Set<String>) { state.withLock { ($0.sure, $0.unsure) } }

  /// Lets them end; false where one hangs, as a writer does at a FIFO that nobody reads.
  func stop() -> Bool {
    state.withLock { $0.isStopped = true }
    let deadline = Clock.monotonic + 20_000_000_000
    while state.withLock({ $0.running }) > 0 {
      guard Clock.monotonic < deadline else { return false }
      Wait.pause(nanoseconds: 2_000_000)
    }
    return true
  }

  private func write(_ writer: RehearsalWriter, _ name: String) {
    var number = 0
    while !state.withLock({ $0.isStopped }) {
      let digits = "\(1_000_000 + number)".dropFirst()
      let label = "\(name)-\(digits)"
      let text = RehearsalMessage.text(label, size: writer.size)
      var style = writer.style
      if style == .follow { style = endpoint }
      if let isSure = put(text, style, name) {
        state.withLock { (state: inout Written) in
          if isSure { state.sure[label] = style } else { state.unsure.insert(label) }
        }
        number += 1
      }
      Wait.pause(nanoseconds: writer.interval)
    }
  }

  /// nil where nothing was written, false where nobody knows.
  private func put(_ text: String, _ style: RehearsalStyle, _ name: String) -> Bool? {
    switch style {
    case .overwrite, .append, .rename, .slow: return drop(Array(text.utf8) + [UInt8(ascii: "\n")], style, name)
    // While the legacy path is what the endpoint names, others overwrite what it puts there.
    case .follow: return send(text, .fileDrop)
    case .runFile: return send(text, .runFile)
    case .fifo: return send(text, .fifo)
    case .socket: return send(text, .socket)
    }
  }

  /// Writes a message in each way, as the last of all: which of them went through.
  func writeEach(_ styles: [RehearsalStyle]) -> [RehearsalStyle] {
    var through: [RehearsalStyle] = []
    for style in styles {
      let label = "last-\(style.rawValue)"
      guard let isSure = put(RehearsalMessage.text(label, size: 0), style, "last") else { continue }
      through.append(style)
      state.withLock { (state: inout Written) in
        if isSure { state.sure[label] = style } else { state.unsure.insert(label) }
      }
    }
    return through
  }

  private func drop(_ bytes: [UInt8], _ style: RehearsalStyle, _ name: String) -> Bool? {
    let slot = ChannelSenders.slot(layout.legacyInput)
    do throws(Errno) {
      let directory = try Directory.open(slot.directory)
      switch style {
      case .append: try directory.redirect(to: slot.name, appending: true).writeAll(bytes)
      case .rename:
        let beside = "\(slot.name).\(name)"
        try directory.redirect(to: beside, appending: false).writeAll(bytes)
        try directory.rename(beside, to: slot.name)
      case .slow:
        let file = try directory.redirect(to: slot.name, appending: false)
        try file.writeAll(Array(bytes[..<(bytes.count / 2)]))
        Wait.pause(nanoseconds: 15_000_000)
        try file.writeAll(Array(bytes[(bytes.count / 2)...]))
      default: try directory.redirect(to: slot.name, appending: false).writeAll(bytes)
      }
      return true
    } catch { return nil }
  }

  /// What following the endpoint comes to at this moment.
  private var endpoint: RehearsalStyle {
    let bytes = try? Directory.open(layout.runtimeDirectory).contents(of: layout.names.endpoint, limit: 1 << 16)
    let named = (bytes ?? nil).flatMap { EndpointFile.primaryTransport(in: String(decoding: $0, as: UTF8.self)) }
    switch named ?? .fileDrop {
    case .fileDrop: return .follow
    case .runFile: return .runFile
    case .fifo: return .fifo
    case .socket: return .socket
    }
  }

  private func send(_ text: String, _ kind: TransportKind) -> Bool? {
    let sender = ChannelSenders(channel: channel, layout: layout, patience: 5_000_000_000).sender(kind)
    do throws(TransportFailure) {
      try sender.send(Array(text.utf8))
      return true
    } catch {
      // Nothing was there to take it, or it is certain that nothing did.
      if error.kind == .notRunning { return nil }
      return false
    }
  }
}
