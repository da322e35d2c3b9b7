/// One client that writes numbered messages in four ways by turns (`>`, `>>`, `mv`, and four slow writes), each only
/// where the last one was taken, with junk in between: nothing of it is ever overwritten, so each number must come out
/// once, whole, and in order.
enum FourKinds {
  static let label = "turn"
  /// Every so many messages there is one that is no message.
  static let junkEvery = 25

  /// `$1` messages, or fewer where the file `stop-turn` appears; prints how many.
  static let script = """
    exec {quiet}<> <(:)
    rest() { read -rt "${1:-0.001}" -u "$quiet" || true; }
    free() { while [[ -e $DROP ]]; do [[ ! -e $ROOT/stop-turn ]] || exit 3; rest; done; }
    n=0
    while ((n < $1)) && [[ ! -e $ROOT/stop-turn ]]; do
      message='{"method":"note","params":{"label":"turn-'$((n + 1))'"}}'
      free
      if ((n % \(junkEvery) == \(junkEvery - 1))); then
        echo "junk-$((n + 1))" > "$DROP"
        free
      fi
      case $((n % 4)) in
        0) echo "$message" > "$DROP" ;;
        1) echo "$message" >> "$DROP" ;;
        2) echo "$message" > "$DROP.new"; mv "$DROP.new" "$DROP" ;;
        3)
          {
            printf '%s' "${message:0:10}"; rest 0.0007; printf '%s' "${message:10:10}"; rest 0.0007
            printf '%s' "${message:20:10}"; rest 0.0007; printf '%s\\n' "${message:30}"
          } > "$DROP"
          ;;
      esac
      n=$((n + 1))
    done
    echo "$n"
    """

  static func message(_ number: Int) -> String { LegacyWriter.message(label, number) }
}
