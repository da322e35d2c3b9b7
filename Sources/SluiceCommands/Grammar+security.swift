internal import SluiceCommandLine

extension Grammar {
  /// `sluice help security`: what is promised, and what is not.
  static let security = HelpTopic(
    "security", summary: "What is promised about security, and what is not.",
    text: """
      WHO IS A SENDER

      socket     The kernel says at accept who connects (kernel): uid, gid, groups. A look-up that fails is a refusal.
                 Where a rule asks, also the process and its program (grades pid and image; Linux 6.5).
      run-file   The owner of the file (file-owner), which says nothing (none) where a group may write it: then whoever
                 may write may call, and the directory's mode is the gate.
      fifo       Nobody (none). Unread bytes do not say who wrote them; the mode of the path is the gate.
      file-drop  The owner of the claimed file, as the relay saw it (relayed). Where others could write the file too,
                 the record says so (shared).

      A message can never name its sender. Only the relay's own uid, known from the kernel, may say whose drop it
      hands in. Clients check the path and the uid of who listens before they send.

      WHO MAY CALL WHAT

      Without rules: the channel's user, root, and members of its group everything, nobody else anything. With
      "policy.rules" the first rule that matches decides, and what none matches is refused; root and the channel's user
      then get what a rule gives them. What cannot be known never matches a rule that allows. "sluice policy test"
      explains a verdict. Whom no rule could ever allow gets one answer a connection.

      A program (rules with "executables") is its file's bytes, looked up when it connects and looked at again for each
      message. What was sent before the look-up is refused with a word to send it again on the same connection; our own
      clients wait for it. A program that was deleted or replaced, that lies on FUSE or in another mount namespace, or
      that is larger than 256 MiB is unknown, and so are other users' programs to a server that is not root.
      The look-up is of the process that connected. Only "perMessageSender" sees another one that sends over its
      connection: a child that inherited the descriptor, also one that became another program before the connection was
      accepted. Without it such a child speaks for its parent.

      One user at its share of connections, buffers and calls leaves the others untouched. Refusals say which limit.

      WHAT IS NOT PROMISED

      - Nothing is defended against root.
      - Where root runs a command for a channel of another user, from status and history to apply and retire, files are
        read and worked on with that user's rights: what that user wrote into the state or exchanges in its directories
        gains nobody anything. Only at the legacy path the rights of its directory's owner are used, where nobody else
        could exchange it. Root that lacks CAP_SETUID or CAP_SETGID is refused (77).
      - Programs of one user are not kept apart: what one may do, another may. They can send, and they can stop the
        server with a signal; the sandbox keeps them from tracing it or reading its memory. A rule about programs is a
        signal against mistakes, no wall against the same user (ptrace, LD_PRELOAD, /proc/PID/mem).
      - A program that is an interpreter (a shell, Python) says nothing about the script that it runs.
      - The handler is trusted. It gets every message that is let through, and is not in the sandbox.
      - Legacy drops keep the weakness of their directory until they are retired: anybody can overwrite a drop before
        it is claimed.

      THE SANDBOX ("sandbox" in the channel file: bestEffort, required, off)

      sluice serve and sluice relay put it on themselves when they start; "sluice serve --check" and "sluice relay
      --check" try it and print what came of it, and "sluice status" says what is in force.

      user       A service that root starts for a channel with a "user" becomes that user first. The relay keeps at most
                 CAP_FOWNER, CAP_DAC_READ_SEARCH, CAP_LEASE (others' drops) and CAP_SYS_ADMIN (who wrote them), as far
                 as it was given them; it needs no root: AmbientCapabilities= of its unit will do.
      privileges no_new_privs: no set-user-ID program gains anything, in handlers too (so sudo does not work there).
      memory     No core dumps, handlers included; no other program of the user may trace the service.
      files      Landlock: the channel's runtime, state and log directories; for the relay also the directories of the
                 legacy paths. Account files, libraries and the channel file's directory can be read. Nothing else.
                 Unix sockets elsewhere can still be connected to where their permissions allow it.
                 A service that stays root reads single files of /etc only, and must be restarted when accounts change.
      calls      seccomp: no sockets but AF_UNIX, no programs, no new processes, no tracing, mounting, namespaces,
                 modules, keys, BPF, io_uring, no code in writable memory. It is a list of what is refused; calls
                 that are not on it are allowed.

      Handlers' programs are started by a small process that was there before the sandbox. It has the same user and
      no_new_privs, and nothing else of it, so handlers may use the network and their files. It starts the one program
      of the channel file, with the variables that sluice gives it, whatever it is asked; and it shows the service which
      program a process runs, for rules that ask for programs, since Landlock hides that too. With a handler of kind
      stdio each program has a keeper, which ends with the service and takes with it whatever the program left behind.
      With kind file-drop the directory of the old server's file can be written as well.

      Landlock needs Linux 5.19; TCP is refused by it from 6.7 on, and by seccomp on any. What the kernel lacks is named
      at the start and in "sluice status"; with "required" the service does not start then. Rules hold for the
      directories that stood there at the start: after replacing one, restart the service.
      """)
}
