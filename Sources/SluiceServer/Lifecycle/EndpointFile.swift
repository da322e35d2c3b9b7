package import SluiceChannel

/// The `endpoint` file: which transport is primary, as KEY=value lines that a shell script can read.
package struct EndpointFile: Equatable, Sendable {
  package var channel: String
  package var phase: Phase
  package var messageLimit: Int
  package var layout: ChannelLayout

  package init(channel: String, phase: Phase, messageLimit: Int, layout: ChannelLayout) {
    self.channel = channel
    self.phase = phase
    self.messageLimit = messageLimit
    self.layout = layout
  }

  package var text: String {
    let path =
      switch phase.primaryTransport {
      case .fileDrop: layout.legacyInput
      case .runFile: layout.runFile
      case .fifo: layout.fifo
      case .socket: layout.socket
      }
    let lines = [
      ("SLUICE_CHANNEL", channel), ("SLUICE_PHASE", String(phase.rawValue)),
      ("SLUICE_TRANSPORT", phase.primaryTransport.rawValue), ("SLUICE_PATH", path), ("SLUICE_LOCK", layout.lockFile),
      ("SLUICE_REPLIES", layout.repliesDirectory), ("SLUICE_LIMIT", String(messageLimit)),
    ]
    return lines.map { "\($0.0)=\(Self.quoted($0.1))\n" }.joined()
  }

  /// The transport that an endpoint file names; nil where the text is none of ours.
  package static func primaryTransport(in text: String) -> TransportKind? {
    for line in text.split(separator: "\n") where line.hasPrefix("SLUICE_TRANSPORT=") {
      return TransportKind(rawValue: String(line.dropFirst("SLUICE_TRANSPORT=".count)))
    }
    return nil
  }

  private static func quoted(_ value: String) -> String {
    let plain = value.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "+"):
        true
      default: false
      }
    }
    return plain
      ? value : "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
