import SluiceTestSupport
import Testing

/// The numbers 0, 1 and 2 go to no file of ours, also where they were closed: what is printed would be written into it.
@Suite struct ClosedStreamsTests {
  @Test func closedStreamsStayClosed() throws {
    try Rehearsal.run { channel in
      let outcome = try channel.shell(#"exec "$1" --root "$ROOT" preflight --seconds 1 >&-"#, Places.binary)
      #expect(outcome.status == 1 && "\(outcome)".contains("Bad file descriptor"), "\(outcome)")
      let streams = try channel.shell(
        #"""
        "$1" --root "$ROOT" preflight --seconds 60 <&- >&- 2>&- & child=$!
        for _ in {1..100}; do
          [[ $(ls -l "/proc/$child/fd" 2>&1) == *inotify* ]] && break
          sleep 0.05
        done
        for stream in 0 1 2; do readlink "/proc/$child/fd/$stream" || echo none; done
        kill "$child"; wait "$child" || :
        """#, Places.binary)
      #expect(streams.output == "/\n/\n/\n", "\(streams)")
    }
  }
}
