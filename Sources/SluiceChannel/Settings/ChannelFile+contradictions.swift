extension ChannelFile {
  /// Values that are good each by itself and do not go together.
  package struct Contradiction: Hashable, Sendable {
    /// The path of keys of the value to change.
    package let keys: [String]
    package let text: String
  }

  /// All contradictions; empty in a file that `parse` returned, to be asked again after a flag has changed a value.
  package var contradictions: [Contradiction] {
    var found: [Contradiction] = []
    func check(_ isBad: Bool, _ keys: [String], _ text: @autoclosure () -> String) {
      if isBad { found.append(Contradiction(keys: keys, text: text())) }
    }
    check(access == .group && group == nil, ["access"], "'group' needs the key group, which is missing")
    if let problem = socket.modeProblem { check(true, ["socket", "mode"], problem) }
    if let problem = audit.modeProblem { check(true, ["audit", "mode"], problem) }
    check(
      paths.state == paths.runtime, ["paths", "state"],
      "is the runtime directory too, whose files do not outlive a reboot")
    check(paths.log == paths.runtime, ["paths", "log"], "is the runtime directory too")
    check(legacy.bad == legacy.input, ["legacy", "bad"], "is the same file as legacy.input")
    check(
      legacy.ingress == .gate && legacy.consume == .linger, ["legacy", "consume"],
      "'linger' does not go with ingress 'gate', which empties each file before the next writer")
    check(
      legacy.ingress == .fifo && legacy.consume == .linger, ["legacy", "consume"],
      "'linger' does not go with ingress 'fifo', through which passes what nobody can look at again")
    if let reply = legacy.reply {
      check(
        reply == legacy.input || reply == legacy.bad, ["legacy", "reply"], "is a file that old clients write")
      // Replies are moved into place, which works within one directory only.
      check(
        reply.parent != legacy.input.parent, ["legacy", "reply"],
        "\(reply.rawValue.quoted) must lie beside \(legacy.input.rawValue.quoted)")
    }
    // The relay would claim files that the channel made itself.
    for (key, path) in [("input", legacy.input), ("bad", legacy.bad)] {
      for directory in [paths.runtime, paths.state, paths.log] {
        check(
          path.isWithin(directory), ["legacy", key],
          "\(path.rawValue.quoted) lies in \(directory.rawValue.quoted), a directory of the channel's own")
      }
    }
    if case .fileDrop(let inbox) = handler {
      let own = [legacy.input, legacy.bad] + (legacy.reply.map { [$0] } ?? [])
      // The relay would hand the handler's own message in again, for ever.
      check(
        own.contains(inbox.path), ["handler", "path"],
        "is a legacy path, which the relay claims; give the old server another")
      for directory in [paths.runtime, paths.state, paths.log] {
        check(
          inbox.path.isWithin(directory), ["handler", "path"],
          "\(inbox.path.rawValue.quoted) lies in \(directory.rawValue.quoted), a directory of the channel's own")
      }
    }
    if case .socket(let upstream) = handler {
      check(
        upstream.path.isWithin(paths.runtime), ["handler", "path"],
        "\(upstream.path.rawValue.quoted) lies in \(paths.runtime.rawValue.quoted), a directory of the channel's own")
    }
    return found
  }
}
