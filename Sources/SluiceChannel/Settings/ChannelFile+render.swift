extension ChannelFile {
  /// The channel file as commented JSON5 that `parse` reads back to the same value.
  ///
  /// Every key is written, optional ones without a value as a comment with an example.
  package func render() -> String {
    JSON5Writer.document { writer in
      renderIdentity(into: &writer)
      writer.blankLine()
      writer.object("paths", paths.render)
      writer.blankLine()
      writer.comment("The world-writable file drops that the channel is to get away from.")
      writer.object("legacy", legacy.render)
      writer.blankLine()
      writer.object("limits", limits.render)
      writer.blankLine()
      writer.comment("What answers the channel's messages.")
      writer.object("handler", handler.render)
      writer.blankLine()
      writer.object("socket", socket.render)
      writer.blankLine()
      writer.comment("The service that forwards legacy drops.")
      writer.object("relay", relay.render)
      writer.blankLine()
      writer.object("audit", audit.render)
      writer.blankLine()
      writer.comment("What the services give up, see sluice help security. 'bestEffort': what this kernel can;")
      writer.comment("'required': no start where a part is missing; 'off': every right of the user stays.")
      writer.string("sandbox", sandbox.rawValue)
      writer.comment("Who may call what.")
      writer.object("policy", policy.render)
    }
  }

  private func renderIdentity(into writer: inout JSON5Writer) {
    writer.comment("A channel of sluice. Durations carry units (30s), sizes are bytes or 64K, 1M, 1G,")
    writer.comment("modes are strings (0750), rates are 10/s or 100/1h. Unknown keys are errors.")
    writer.integer("format", Self.format)
    writer.string("channel", name)
    writer.comment("The first part of the names in the runtime directory: \(stem).sock, \(stem).fifo and so on.")
    writer.string("stem", stem)
    writer.comment("Who serves the channel, and the group of its clients; names, or ids as strings.")
    writer.string("user", user, example: "parrot")
    writer.string("group", group, example: "parrot-clients")
    writer.comment("Who may reach the runtime directory: 'user', or 'group' for the group's members too.")
    writer.string("access", access.rawValue)
  }
}
