internal import SluiceChannel
internal import SluiceSystem
internal import SluiceTransports

/// What answers the channel's messages, made as the channel file says.
extension Server {
  func makeHandler() -> any Handler {
    switch channel.handler {
    case .builtin: return BuiltinHandler { [unowned self] in publicStatus() }
    case .exec(let exec):
      return ProgramHandler(
        settings: ProgramHandler.Settings(
          program: exec.program.rawValue, concurrency: exec.concurrency, deadline: exec.deadline.nanoseconds,
          outputLimit: exec.output.bytes), starter: parts.starter, reactor: reactor, reader: pipeline.reader
      ) { [unowned self] in notice($0) }
    case .stdio(let stdio):
      let pool = ChildPool(
        parts.starter, program: stdio.command.program.rawValue, most: stdio.children, keepsSpare: stdio.spare,
        reservedUsers: [0, identity.user], reactor: reactor
      ) { [unowned self] in notice($0) }
      return streamHandler(pool, stdio.limits)
    case .socket(let upstream):
      var owners = [identity.user]
      if let owner = upstream.owner {
        if let found = Accounts.user(owner.rawValue)?.uid {
          owners.append(found)
        } else {
          notice("handler.owner: \(owner) does not exist; a server that runs as that user will not be trusted")
        }
      }
      let pool = UpstreamPool(path: layout.handlerPath ?? "", owners: owners, reactor: reactor) {
        [unowned self] in notice($0)
      }
      return streamHandler(pool, upstream.limits)
    case .fileDrop(let inbox):
      let path = layout.handlerPath ?? ""
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      return FileDropHandler(
        settings: FileDropHandler.Settings(
          directory: String(path[..<slash]), name: String(path[slash...].dropFirst()), mode: inbox.mode.rawValue,
          deadline: inbox.deadline.nanoseconds, user: identity.user), reactor: reactor
      ) { [unowned self] in notice($0) }
    }
  }

  private func streamHandler(_ maker: any BackendMaker, _ limits: StreamLimits) -> StreamHandler {
    StreamHandler(
      maker,
      settings: BackendStream.Settings(
        deadline: limits.deadline.nanoseconds, linger: limits.linger.nanoseconds, output: limits.output.bytes),
      contents: Dictionary(limits.contents.map { ($0.content, $0.method) }) { first, _ in first },
      reader: pipeline.reader, reactor: reactor)
  }
}
