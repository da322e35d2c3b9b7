internal import SluiceCommandLine

extension Grammar {
  /// `sluice help handlers`: what can answer a channel's messages.
  static let handlers = HelpTopic(
    "handlers", summary: "What can answer a channel's messages.",
    text: """
      The key "handler" of the channel file says what answers. A change of it takes a restart.

      { kind: "builtin" }
          sluice itself answers ping and status.

      { kind: "exec", command: ["/usr/local/bin/answer", "--quick"], concurrency: 4, deadline: "30s", output: "8M" }
          One process a message: the message on its input, one line such as {"result":...} or {"error":"..."} on its
          output. No line, or one that is neither: 502. Too late: 504. Too much: 413.

      { kind: "stdio", command: ["/usr/local/bin/mcp-server"], deadline: "1h", output: "8M", linger: "5s",
        children: 128, spare: false, contents: [] }
          One process a connection, any MCP server of any revision. It is started by the connection's first message.
          What passes the policy is passed on as it came, in both directions. An id that is in flight is refused
          (-32600); out of time is 504, and the server is told to cancel; a process that ended is 502 for each request
          that has no answer, and ends the connection. What it prints that is no JSON-RPC goes to the log, as its
          errors do. After the connection its input is closed, then come SIGTERM (2 s) and SIGKILL (2 s more), for all
          that it ever started. A "spare" is one process started ahead for the next connection of the same user; then
          nobody's process id is told (no UNIXREMOTEPID).
          Old dialects: {"method":M,"params":P} becomes a request and its answer {"result":...}; "contents" says what
          a content of {"type":"mcp_message"} asks for. Nothing opens an MCP session for them: a server that wants an
          initialize first refuses.
          Messages without a connection (files, FIFO, drops) of one sender and route share a process, one at a time,
          until 10 s pass without one.
          A drain waits for answers. serve --takeover: calls in flight are answered first (10 s at most); connections
          that began with initialize then end, since the state is in the old process, and clients connect again;
          others go on with a new process. subscriptions/listen is answered with 503.

      { kind: "socket", path: "/run/other/server.sock", owner: "other" }
          The same rules with a server that listens elsewhere: one connection to it for each of ours. It must run as
          root, as the channel's user or as "owner".

      { kind: "file-drop", path: "/var/lib/parrot/inbox/mcp_in.json", mode: "0600", deadline: "30s" }
          The old server as it is: give it this path instead of the legacy one. Messages lie there one at a time, the
          next when that one was taken (removed, moved or emptied). It gives no replies: clients read {"taken":true}.
          What is not taken in time is taken back and refused with 504.

      The environment of a program is PATH, HOME, LANG, what "environment" lists ("NAME=value"), and who calls: PROTO,
      UNIXREMOTEEUID, UNIXREMOTEEGID, UNIXREMOTEPID, SLUICE_CHANNEL, SLUICE_ROUTE, SLUICE_ATTESTATION, SLUICE_PEER_*.
      Messages are limited to 4M with stdio and socket, unless limits.message says otherwise.

      Rules may name tools: methods: ["tools/call:search", "resources/read:file:///srv/*", "prompts/get:*"]. tools/list,
      resources/list and prompts/list then show only what the caller may have. Refused is 403; with policy.hide what
      the caller may not have is unknown (-32602). The log says denied in any case.
      """)
}
