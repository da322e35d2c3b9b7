# shellcheck shell=bash
# Clients for machines without the sluice binary: bash, coreutils and flock; socat or python3 for the socket.
# To be sourced. Sets nothing in the caller but functions.
#
#   sluice_send MESSAGE              sends through the primary transport that DIR/endpoint names
#   sluice_request MESSAGE           the same, and prints the reply
#   sluice_send_drop MESSAGE [PATH]          file-drop (default /tmp/mcp_in.json)
#   sluice_send_file MESSAGE [PATH [LOCK]]   run-file  (DIR/mcp_in.json, DIR/mcp.lock)
#   sluice_send_fifo MESSAGE [PATH]          FIFO      (DIR/mcp.fifo)
#   sluice_send_socket MESSAGE [PATH]        socket    (DIR/mcp.sock); prints the reply line, if there is one
#
# SLUICE_DIR      runtime directory, DIR above (default /run/parrot-mcp)
# SLUICE_TIMEOUT  seconds to wait for a lock, a free slot, a reader or a reply (default 10)
# SLUICE_LIMIT    largest message in bytes where no endpoint file says so (default 1048576)
#
# Return: 0 done, 64 usage, 65 bad message, 69 service not running (or no program for its socket), 75 try later,
# 77 no permission. Whatever is not 0 has said why on standard error.
#
# Functions with a body in ( ) run in a subshell: descriptors, traps and variables end with them, whatever happens.

sluice__refuse() {
  local status=$1
  shift
  printf 'sluice: %s\n' "$*" >&2
  return "$status"
}

sluice__directory() { printf '%s\n' "${SLUICE_DIR:-/run/parrot-mcp}"; }

# Whole seconds only: bash counts no finer.
sluice__timeout() {
  local seconds=${SLUICE_TIMEOUT:-10}
  [[ $seconds =~ ^[1-9][0-9]{0,5}$ ]] || { sluice__refuse 64 "SLUICE_TIMEOUT is not a number of seconds: $seconds"; return; }
  printf '%s\n' "$seconds"
}

# sluice__require PATH: is it there? Without search permission a file only seems to be absent.
sluice__require() {
  local directory
  [[ ! -e $1 ]] || return 0
  directory=$(dirname -- "$1")
  if [[ -d $directory && ! -x $directory ]]; then
    sluice__refuse 77 "no permission to enter $directory"
  else
    sluice__refuse 69 "the service is not running: $1 does not exist"
  fi
}

# sluice__admit LINE LIMIT: is this one line of a size that the service takes? The limit counts bytes, not characters.
sluice__admit() {
  local LC_ALL=C
  local line=$1 limit=$2
  [[ $limit =~ ^[1-9][0-9]{0,9}$ ]] || { sluice__refuse 64 "SLUICE_LIMIT is not a number of bytes: $limit"; return; }
  [[ $line == *[![:space:]]* ]] || { sluice__refuse 65 "the message is empty"; return; }
  [[ $line != *$'\n'* ]] || { sluice__refuse 65 "the message is more than one line"; return; }
  [[ $line != *[$'\1'-$'\10'$'\13'$'\14'$'\16'-$'\37']* ]] || { sluice__refuse 65 "the message holds control characters"; return; }
  ((${#line} <= limit)) || { sluice__refuse 65 "the message has ${#line} bytes, more than the limit of $limit"; return; }
}

# sluice__read_endpoint: fills the caller's associative array `endpoint`. The file is read as text, never run; keys that
# are not known here are left alone.
sluice__read_endpoint() {
  local file line key value
  local quoted="'\\''" quote="'"
  file=$(sluice__directory)/endpoint
  sluice__require "$file" || return
  [[ -r $file ]] || { sluice__refuse 77 "no permission to read $file"; return; }
  while IFS= read -r line || [[ -n $line ]]; do
    [[ $line == SLUICE_*=* ]] || continue
    key=${line%%=*}
    value=${line#*=}
    if [[ $value == "'"*"'" && ${#value} -ge 2 ]]; then
      value=${value:1:${#value}-2}
      value=${value//"$quoted"/"$quote"}
    fi
    case $key in
      SLUICE_CHANNEL | SLUICE_PHASE | SLUICE_TRANSPORT | SLUICE_PATH | SLUICE_LOCK | SLUICE_REPLIES | SLUICE_LIMIT)
        endpoint[$key]=$value
        ;;
    esac
  done <"$file"
  [[ -n ${endpoint[SLUICE_TRANSPORT]:-} ]] || { sluice__refuse 69 "$file names no transport"; return; }
}

# sluice__pause DESCRIPTOR: a short rest between two looks at a condition with a deadline; the descriptor is a pipe on
# which nothing ever comes.
sluice__pause() { IFS= read -r -t 0.05 -u "$1" _ || true; }

# --- file-drop ------------------------------------------------------------------------------------------------------

# A link that fails where the name is taken never overwrites a message that nobody has fetched yet.
sluice_send_drop() (
  set +e
  message=${1-} path=${2:-/tmp/mcp_in.json}
  sluice__admit "$message" "${SLUICE_LIMIT:-1048576}" || exit
  seconds=$(sluice__timeout) || exit
  directory=$(dirname -- "$path")
  [[ -d $directory ]] || { sluice__refuse 69 "$directory is not a directory"; exit; }
  [[ -w $directory && -x $directory ]] || { sluice__refuse 77 "no permission to write into $directory"; exit; }
  draft=''
  trap 'rm -f -- "$draft"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  draft=$(mktemp -- "$directory/.sluice-drop.XXXXXXXXXX") || { sluice__refuse 75 "cannot write into $directory"; exit; }
  # The reader is another user: the mode is what `echo >` would have given.
  chmod -- "$(printf '%o' $((0666 & ~$(umask))))" "$draft"
  printf '%s\n' "$message" >|"$draft" || { sluice__refuse 75 "cannot write $draft"; exit; }
  exec {quiet}<> <(:)
  deadline=$((SECONDS + seconds))
  until ln -T -- "$draft" "$path" 2>/dev/null; do
    if [[ ! -e $path && ! -L $path ]]; then
      # Not taken, so the link failed for another reason, or the slot became free just now.
      reason=$(LC_ALL=C ln -T -- "$draft" "$path" 2>&1) && break
      [[ -e $path || -L $path ]] || { sluice__refuse 77 "cannot drop into $path: ${reason##*: }"; exit; }
    fi
    ((SECONDS < deadline)) || { sluice__refuse 75 "$path still holds an earlier message after $seconds s"; exit; }
    sluice__pause "$quiet"
  done
)

# --- run-file -------------------------------------------------------------------------------------------------------

# The lock is taken on an open descriptor, and then looked at again: a lock file deleted and made anew in the meantime
# would have let us and the service in at the same time.
sluice_send_file() (
  set +e
  message=${1-}
  path=${2:-$(sluice__directory)/mcp_in.json}
  lock=${3:-$(sluice__directory)/mcp.lock}
  sluice__admit "$message" "${SLUICE_LIMIT:-1048576}" || exit
  seconds=$(sluice__timeout) || exit
  command -v flock >/dev/null || { sluice__refuse 69 "flock is not installed, and without it $path must not be written"; exit; }
  deadline=$((SECONDS + seconds))
  while :; do
    sluice__require "$lock" || exit
    [[ -f $lock ]] || { sluice__refuse 69 "$lock is not a lock file"; exit; }
    [[ -r $lock ]] || { sluice__refuse 77 "no permission to open $lock"; exit; }
    # For reading: this neither makes nor truncates the file, and flock needs no more.
    if ! { exec {held}<"$lock"; } 2>/dev/null; then
      [[ -e $lock ]] && { sluice__refuse 77 "cannot open $lock"; exit; }
      continue
    fi
    left=$((deadline - SECONDS))
    if ! flock -x -w "$((left > 0 ? left : 0))" "$held"; then
      sluice__refuse 75 "$lock is still held by another process after $seconds s"
      exit
    fi
    [[ /proc/self/fd/$held -ef $lock ]] && break
    exec {held}<&-
    ((SECONDS < deadline)) || { sluice__refuse 75 "$lock is made anew again and again"; exit; }
  done
  if [[ -e $path || -L $path ]]; then
    [[ -f $path && ! -L $path ]] || { sluice__refuse 69 "$path is not a regular file"; exit; }
    [[ -w $path ]] || { sluice__refuse 77 "no permission to write $path"; exit; }
    # An earlier writer that died half-way must not take our line with it.
    if [[ -s $path && -r $path && $(tail -c 1 -- "$path" | tr '\0' x; printf .) != $'\n.' ]]; then
      message=$'\n'$message
    fi
  else
    [[ -w $(dirname -- "$path") ]] || { sluice__refuse 77 "no permission to make $path"; exit; }
    # The service's group has to read what we make.
    umask 007
  fi
  { printf '%s\n' "$message" >>"$path"; } 2>/dev/null || { sluice__refuse 75 "cannot write $path"; exit; }
)

# --- FIFO -----------------------------------------------------------------------------------------------------------

# sluice__digest MESSAGE: SHA-256 over the message without the white space around it.
sluice__digest() {
  local LC_ALL=C
  local message=$1 digest
  message=${message#"${message%%[![:space:]]*}"}
  message=${message%"${message##*[![:space:]]}"}
  command -v sha256sum >/dev/null ||
    { sluice__refuse 69 "sha256sum is not installed, and without it no FIFO takes a line over 4096 bytes"; return; }
  digest=$(printf '%s' "$message" | sha256sum) || return
  printf '%s\n' "${digest%% *}"
}

# Up to PIPE_BUF bytes one write(2) is atomic (pipe(7)). dd collects the line into one block and writes it at once;
# bash's own printf does not promise that (its buffer may be as small as 1024 bytes when it has written to a terminal
# before). Longer lines are kept apart by an exclusive flock on the FIFO itself.
sluice_send_fifo() (
  set +e
  LC_ALL=C
  export LC_ALL
  message=${1-}
  path=${2:-$(sluice__directory)/mcp.fifo}
  sluice__admit "$message" "${SLUICE_LIMIT:-1048576}" || exit
  seconds=$(sluice__timeout) || exit
  sluice__require "$path" || exit
  [[ -p $path ]] || { sluice__refuse 69 "$path is not a FIFO"; exit; }
  [[ -w $path ]] || { sluice__refuse 77 "no permission to write $path"; exit; }
  # Opening for writing waits where nobody reads; a non-blocking open says so at once (ENXIO, fifo(7)).
  dd if=/dev/null of="$path" oflag=nonblock conv=nocreat,notrunc status=none 2>/dev/null ||
    { sluice__refuse 69 "the service is not running: nobody reads $path"; exit; }
  long=0 limit=$seconds
  if ((${#message} + 1 > 4096)); then
    # A longer line is believed only where it shows that no other writer's bytes are among its own.
    if [[ $message != '{"sluice":'* ]]; then
      digest=$(sluice__digest "$message") || exit
      message='{"sluice":{"sha256":"'$digest'"},"message":'$message'}'
    fi
    # First for the lock, then for room.
    long=1 limit=$((seconds * 2))
    command -v flock >/dev/null ||
      { sluice__refuse 69 "flock is not installed, and without it $path takes no line over 4096 bytes"; exit; }
  fi
  # noclobber: bash then makes sure that what it opened is the thing that it looked at, and no regular file.
  # shellcheck disable=SC2016  # for the inner shell
  inner='set -C; exec 9>"$1" || exit 69; [[ -p /dev/fd/9 ]] || exit 69
    if (($2)); then flock -x -w "$3" 9 || exit 75; fi
    exec dd ibs=64k obs=4096 status=none >&9'
  # In the foreground, so that an interrupt from the terminal reaches it.
  printf '%s\n' "$message" | timeout --foreground "$limit" bash -c "$inner" sluice "$path" "$long" "$seconds" 2>/dev/null
  status=${PIPESTATUS[1]}
  case $status in
    0) ;;
    75) sluice__refuse 75 "$path is still locked by another writer after $seconds s" ;;
    124) sluice__refuse 75 "$path is full, and was not emptied within $seconds s" ;;
    *) sluice__refuse 69 "the service is not running: it stopped reading $path" ;;
  esac
)

# --- socket ---------------------------------------------------------------------------------------------------------

# Reads the message from standard input, sends it, half-closes, copies what comes back up to the first newline.
sluice__python_client='
import socket, sys
client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
client.settimeout(int(sys.argv[2]))
try:
    client.connect(sys.argv[1])
except OSError:
    sys.exit(1)
try:
    client.sendall(sys.stdin.buffer.read())
    client.shutdown(socket.SHUT_WR)
except socket.timeout:
    sys.exit(124)
except OSError:
    pass  # refused early: the reply says why
try:
    while True:
        block = client.recv(65536)
        head, newline, _ = block.partition(b"\n")
        sys.stdout.buffer.write(head + newline)
        if newline or not block:
            break
except socket.timeout:
    sys.exit(124)
except OSError:
    pass
'

# Prints the reply line. No reply before the connection ends is no error here (a notification has none).
sluice_send_socket() (
  set +e
  message=${1-}
  path=${2:-$(sluice__directory)/mcp.sock}
  sluice__admit "$message" "${SLUICE_LIMIT:-1048576}" || exit
  seconds=$(sluice__timeout) || exit
  sluice__require "$path" || exit
  [[ -S $path ]] || { sluice__refuse 69 "$path is not a socket"; exit; }
  [[ -w $path ]] || { sluice__refuse 77 "no permission to connect to $path"; exit; }
  # From inside the directory: a socket address has 108 bytes, however long the path is.
  name=./${path##*/}
  [[ $path != */* ]] || cd -- "${path%/*}/" || { sluice__refuse 77 "no permission to enter ${path%/*}"; exit; }
  if command -v socat >/dev/null; then
    # -t: how long to go on reading after our half-close. The characters that socat's addresses give a meaning are quoted.
    # One second more than the limit, so that a service that never answers ends by the limit and not as if it had.
    # shellcheck disable=SC2001  # the replacement needs the match
    client=(socat -t "$((seconds + 1))" - "UNIX-CONNECT:$(sed 's/[][\\,:!"(){}'\'']/\\&/g' <<<"$name")")
  elif command -v python3 >/dev/null; then
    client=(python3 -c "$sluice__python_client" "$name" "$seconds")
  else
    sluice__refuse 69 "a socket needs socat or python3, and neither is installed"
    exit
  fi
  exec {answer}< <(exec timeout "$seconds" "${client[@]}" < <(printf '%s\n' "$message") 2>/dev/null)
  worker=$!
  trap 'kill "$worker" 2>/dev/null' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if IFS= read -r reply <&"$answer"; then
    printf '%s\n' "$reply"
    exit 0
  fi
  wait "$worker"
  status=$?
  trap - EXIT
  if [[ -n $reply ]]; then sluice__refuse 75 "the reply from $path broke off"; exit; fi
  case $status in
    0) ;;
    124) sluice__refuse 75 "no reply from $path within $seconds s" ;;
    *) sluice__refuse 69 "the service is not running: nobody answers at $path" ;;
  esac
)

# --- by endpoint ----------------------------------------------------------------------------------------------------

# sluice__deliver LINE: sends through the transport of the caller's `endpoint`; a socket's reply goes to standard output.
sluice__deliver() {
  local SLUICE_LIMIT=${endpoint[SLUICE_LIMIT]:-${SLUICE_LIMIT:-1048576}}
  case ${endpoint[SLUICE_TRANSPORT]} in
    file-drop) sluice_send_drop "$1" "${endpoint[SLUICE_PATH]:-}" ;;
    run-file) sluice_send_file "$1" "${endpoint[SLUICE_PATH]:-}" "${endpoint[SLUICE_LOCK]:-}" ;;
    fifo) sluice_send_fifo "$1" "${endpoint[SLUICE_PATH]:-}" ;;
    socket) sluice_send_socket "$1" "${endpoint[SLUICE_PATH]:-}" ;;
    *) sluice__refuse 69 "these clients do not know the transport ${endpoint[SLUICE_TRANSPORT]}" ;;
  esac
}

sluice_send() {
  [[ $# -eq 1 ]] || { sluice__refuse 64 "usage: sluice_send MESSAGE"; return; }
  local -A endpoint=()
  sluice__read_endpoint || return
  sluice__deliver "$1" >/dev/null
}

# sluice__request_one_way MESSAGE: a request where the transport carries nothing back. The reply comes through a FIFO of
# ours, whose name nobody can guess and only its owner can list.
sluice__request_one_way() (
  set +e
  message=$1
  replies=${endpoint[SLUICE_REPLIES]:-$(sluice__directory)/replies}
  seconds=$(sluice__timeout) || exit
  # Checked before it is wrapped, so that what is wrong with it is said of the message.
  sluice__admit "$message" "${endpoint[SLUICE_LIMIT]:-${SLUICE_LIMIT:-1048576}}" || exit
  [[ -d $replies ]] || { sluice__refuse 69 "the service takes no requests here: $replies does not exist"; exit; }
  [[ -w $replies && -x $replies ]] || { sluice__refuse 77 "no permission to write into $replies"; exit; }
  umask 077
  token=$(od -An -v -N16 -tx1 /dev/urandom | tr -d ' \n')
  [[ $token =~ ^[0-9a-f]{32}$ ]] || { sluice__refuse 75 "no random token"; exit; }
  fifo=$replies/$token
  # Under a service of another user only the directory's group (set-group-ID) lets it write the answer.
  mode=0600
  if [[ ! -O $replies && -g $replies ]]; then mode=0620; fi
  trap 'rm -f -- "$fifo"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkfifo -m "$mode" -- "$fifo" 2>/dev/null || { sluice__refuse 75 "cannot make a FIFO in $replies"; exit; }
  # Open before the message leaves, for reading and writing: the service finds a reader, and we never wait in open.
  { exec {answer}<>"$fifo"; } 2>/dev/null || { sluice__refuse 75 "cannot open $fifo"; exit; }
  facts="\"reply\":\"$token\""
  if [[ ${endpoint[SLUICE_TRANSPORT]} == fifo ]] && ((${#message} > 2000)); then
    digest=$(sluice__digest "$message") || exit
    facts+=",\"sha256\":\"$digest\""
  fi
  sluice__deliver "{\"sluice\":{$facts},\"message\":$message}" || exit
  IFS= read -r -t "$seconds" reply <&"$answer" || { sluice__refuse 75 "no reply within $seconds s"; exit; }
  printf '%s\n' "$reply"
)

sluice_request() {
  [[ $# -eq 1 ]] || { sluice__refuse 64 "usage: sluice_request MESSAGE"; return; }
  local -A endpoint=()
  local reply
  sluice__read_endpoint || return
  case ${endpoint[SLUICE_TRANSPORT]} in
    run-file | fifo) sluice__request_one_way "$1" ;;
    file-drop) sluice__refuse 69 "file drops carry no replies: send without a request, or migrate the channel first" ;;
    *)
      reply=$(sluice__deliver "$1") || return
      [[ -n $reply ]] || { sluice__refuse 75 "the service ended the connection without a reply"; return; }
      printf '%s\n' "$reply"
      ;;
  esac
}

# --- commands -------------------------------------------------------------------------------------------------------

# sluice__command FUNCTION NAME ARGUMENTS...: what sluice-send and sluice-request do with their command line.
sluice__command() {
  local function=$1 name=$2 message
  local usage="usage: $name [--dir DIR] [--timeout SECONDS] [MESSAGE]"
  shift 2
  while (($#)); do
    case $1 in
      --dir | --timeout)
        [[ -n ${2:-} ]] || { sluice__refuse 64 "$1 wants a value; $usage"; return; }
        if [[ $1 == --dir ]]; then local SLUICE_DIR=$2; else local SLUICE_TIMEOUT=$2; fi
        shift 2
        ;;
      -h | --help)
        printf '%s\nSends one JSON message, from the argument or standard input. DIR is the runtime directory.\n' "$usage"
        return 0
        ;;
      --)
        shift
        break
        ;;
      -?*) sluice__refuse 64 "unknown option $1; $usage"; return ;;
      *) break ;;
    esac
  done
  (($# <= 1)) || { sluice__refuse 64 "more than one message; $usage"; return; }
  if (($#)) && [[ $1 != - ]]; then
    message=$1
  else
    # A NUL would vanish in bash; as another control character it is refused. The dot keeps trailing newlines, of which
    # one is no matter. No service takes 16 MiB, so there is no need to hold more.
    message=$(head -c 16777216 | tr '\0' '\1'; printf .)
    message=${message%.}
    message=${message%$'\n'}
  fi
  "$function" "$message"
}
