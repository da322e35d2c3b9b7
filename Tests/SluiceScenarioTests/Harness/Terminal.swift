import SluiceSystem
import SluiceTestSupport

/// A program with a terminal of its own, of so many columns and rows, and what it drew.
enum TerminalRun {
  private static let script = """
    import fcntl, os, pty, select, signal, struct, sys, termios, time
    columns, rows, keys, until = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    pid, master = pty.fork()
    if pid == 0:
        time.sleep(0.05)
        os.execvp(sys.argv[5], sys.argv[5:])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    os.write(master, keys.encode())
    out, end, told = b'', time.monotonic() + until, False
    while True:
        ready = select.select([master], [], [], 0.05)[0]
        if ready:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            out += data
        if time.monotonic() > end and not told:
            told = True
            os.write(master, b'\\x03')
        if time.monotonic() > end + 10:
            os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    sys.stdout.buffer.write(out)
    sys.exit(os.waitstatus_to_exitcode(status) & 255)
    """

  /// - Parameters:
  ///   - keys: what is typed at the start.
  ///   - seconds: after which Ctrl-C is typed.
  static func run(
    _ words: [String], columns: Int = 80, rows: Int = 24, keys: String = "", seconds: Double = 15,
    _ variables: [String] = []
  ) throws -> Outcome {
    // No NO_COLOR here: what a terminal gets is what is looked at.
    try RunningProgram(
      ["env", "-u", "NO_COLOR", "TERM=xterm", "python3", "-c", script, "\(columns)", "\(rows)", keys, "\(seconds)"]
        + words, variables: variables
    ).end(seconds: 60)
  }
}
