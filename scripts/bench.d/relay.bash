# shellcheck shell=bash
# What takes drops, for the benchmarks of the relay; to be sourced. Wants `tools`, gives `work`, `log`, `measurements`,
# and `slot`, the path that writers drop at.
# shellcheck disable=SC2154  # tools and repository are the sourcing script's

takers=()
finish() {
  local pid
  for pid in "${takers[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf -- "$work"
}
broken() {
  tail -n 20 "$log" >&2 || true
  fail 1 "$@"
}

# prepare PROGRAM...: compiles the tools and makes a directory.
prepare() {
  local program tool
  for program in cc python3 "$@"; do
    command -v "$program" >/dev/null || fail 1 "$program is not installed: run scripts/bootstrap"
  done
  sluice=${SLUICE_BINARY:-}
  if [[ -z $sluice ]]; then sluice=$("$repository/scripts/build"); fi
  [[ -x $sluice ]] || fail 1 "$sluice cannot be executed"
  work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-bench.XXXXXX")
  # shellcheck disable=SC2034  # for the sourcing script
  measurements=$work/measurements
  log=$work/log
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  : >"$log"
  for tool in drops bare desk; do
    cc -O2 -Wall -Wextra -o "$work/$tool" "$tools/$tool.c" || fail 1 "cannot compile $tool.c"
  done
}

# await LINE COMMAND...: starts a taker whose output goes to `taken`, until it has said LINE, where one is wanted.
await() {
  local wanted=$1 deadline=$((SECONDS + 20))
  shift
  : >"$work/taken"
  "$@" >"$work/taken" 2>>"$log" &
  takers+=($!)
  while [[ -n $wanted ]] && ! grep -qx -- "$wanted" "$work/taken"; do
    kill -0 "$!" 2>/dev/null || broken "$1 ended by itself"
    ((SECONDS < deadline)) || broken "$1 did not become ready"
    sleep 0.01
  done
}

# What an administrator would write: one line a message.
take_by_shell() {
  local line
  if IFS= read -r line <"$slot"; then
    printf '%s000 %s\n' "${EPOCHREALTIME/[.,]/}" "$line"
    rm -f -- "$slot"
  fi
}
inotifywait_loop() {
  local name
  # A group of its own, so that both ends of the pipe can be stopped.
  while IFS= read -r name; do
    if [[ $name == "${slot##*/}" ]]; then take_by_shell; fi
  done < <(exec inotifywait -m -q -e close_write,moved_to --format %f "${slot%/*}" 2>>"$log")
}
poll_loop() {
  while :; do
    if [[ -e $slot ]]; then take_by_shell 2>>"$log"; fi
    sleep 1
  done
}

# start_taker NAME [PREFIX...]: in a fresh directory; a relay is started with the PREFIX.
start_taker() {
  local name=$1 root=$work/root
  shift
  kind=$name
  rm -rf -- "$root"
  mkdir -p -- "$root/tmp" "$root/srv"
  slot=$root/tmp/mcp_in.json
  # Its openers wait: a directory of its own.
  if [[ $name == gate ]]; then slot=$root/srv/mcp_in.json; fi
  case $name in
    bare) await ready "$work/bare" close "$root/tmp" "${slot##*/}" ;;
    close | first) await ready "$work/bare" "$name" "$root/tmp" "${slot##*/}" ;;
    inotifywait)
      await '' inotifywait_loop
      # It says nothing when its watch stands.
      sleep 0.3
      ;;
    poll) await '' poll_loop ;;
    sluice) start_relay "$root" server "$@" ;;
    *) start_relay "$root" desk "$@" ;;
  esac
}

start_relay() {
  local root=$1 server=$2 deadline=$((SECONDS + 20))
  shift 2
  mkdir -p -- "$root/etc/sluice" "$root/run" "$root/run/bench"
  chmod 0700 "$root/run/bench"
  chmod 1777 "$root/tmp"
  local more='' input=/tmp/mcp_in.json legacy=''
  case $kind in
    gate) legacy='ingress: "gate", bad: "/srv/mcp_bad.json",' input=/srv/mcp_in.json ;;
    fifo) legacy='ingress: "fifo",' ;;
    linger) legacy='consume: "linger", linger: "20ms",' ;;
  esac
  if [[ $kind == durable ]]; then more='relay: { durable: true }'; fi
  printf '{ format: 1, channel: "bench", legacy: { input: "%s", %s writers: "anyone" }, sandbox: "off", %s }\n' \
    "$input" "$legacy" "$more" >"$root/etc/sluice/bench.json5"
  if [[ $server == desk ]]; then
    await ready "$work/desk" "$root/run/bench/relay.sock"
  else
    await ready "$sluice" --root "$root" serve --channel bench --phase socket
    audit=$root/var/log/sluice/bench/audit.jsonl
  fi
  "$@" "$sluice" --root "$root" relay --channel bench >"$work/relay.out" 2>>"$log" &
  takers+=($!)
  relay_pid=$!
  # The first drop is taken when everything stands; it is counted with nobody's.
  printf '{"method":"ping"}\n' >"$slot"
  while [[ -f $slot || $kind == fifo && ! -p $slot ]]; do
    kill -0 "$relay_pid" 2>/dev/null || broken "the relay ended by itself"
    ((SECONDS < deadline)) || broken "the relay does not take drops"
    sleep 0.02
  done
}

# taken_count: messages that the taker has, as far as can be seen while it runs.
taken_count() {
  if [[ $kind == sluice ]]; then grep -c '"event":"handled"' "$audit" || true; fi
}

# wait_for_all: until the slot is empty and nothing is on its way any more.
wait_for_all() {
  local deadline=$((SECONDS + 30)) last=-1 now
  while [[ -f $slot ]]; do
    ((SECONDS < deadline)) || broken "$1 leaves a drop where it is"
    sleep 0.05
  done
  case $kind in
    sluice)
      while now=$(taken_count) && [[ $now != "$last" ]]; do
        last=$now
        sleep 0.5
      done
      ;;
    bare | close | first | inotifywait | poll) sleep 0.3 ;;
    *)
      # In the order in which a message goes: it is never behind both looks.
      while compgen -G "$work/root/*/.bench-relay-*/claims/*" >/dev/null ||
        compgen -G "$work/root/var/lib/sluice/bench/spool/[ml]*" >/dev/null; do
        ((SECONDS < deadline)) || broken "$1 keeps messages"
        sleep 0.05
      done
      ;;
  esac
}

stop_taker() {
  local pid
  for pid in "${takers[@]}"; do
    # The loops' children are told too.
    pkill -TERM -P "$pid" 2>/dev/null || true
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  takers=()
  if [[ $kind == sluice ]]; then cp -- "$audit" "$work/taken"; fi
}
