# shellcheck shell=bash
# Shared by the scripts beside this directory; to be sourced. Sets `repository`, gives messages and the Swift lookup.

# Resolved from this file, so that a script works from any directory and in a copy of the tree.
repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)

# Colour is for people: only on a terminal, and never against NO_COLOR (any non-empty value) or a dumb terminal.
if [[ -t 2 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  style_bold=$'\e[1m' style_bad=$'\e[31m' style_warn=$'\e[33m' style_end=$'\e[0m'
else
  style_bold='' style_bad='' style_warn='' style_end=''
fi

# Progress goes to standard error: standard output carries results only.
say() { printf '%s%s:%s %s\n' "$style_bold" "${0##*/}" "$style_end" "$*" >&2; }
warn() { printf '%s%s:%s %s\n' "$style_warn" "${0##*/}" "$style_end" "$*" >&2; }

# fail STATUS TEXT...: says why and ends the script.
fail() {
  local status=$1
  shift
  printf '%s%s:%s %s\n' "$style_bad" "${0##*/}" "$style_end" "$*" >&2
  exit "$status"
}

# Puts a Swift toolchain into PATH: the one already there, else SWIFT_TOOLCHAIN (the directory that holds usr/bin or
# bin), else /opt/swift. Returns 1 when there is none.
find_swift() {
  command -v swift >/dev/null && return 0
  local directory
  for directory in ${SWIFT_TOOLCHAIN:+"$SWIFT_TOOLCHAIN/usr/bin" "$SWIFT_TOOLCHAIN/bin"} /opt/swift/usr/bin; do
    [[ -x $directory/swift ]] || continue
    PATH=$directory:$PATH
    export PATH
    return 0
  done
  return 1
}

need_swift() {
  find_swift || fail 1 "no Swift toolchain: put swift into PATH, or set SWIFT_TOOLCHAIN to the directory of an" \
    "unpacked toolchain (the one that holds usr/bin/swift)"
}

# Files of the checkout that belong to it, one path a line relative to the repository: tracked and new ones but none that
# are ignored. Git refuses a checkout of another owner and knows nothing of an unpacked archive; find serves there.
list_files() (
  cd -- "$repository" || exit 1
  {
    if [[ $(git rev-parse --show-toplevel 2>/dev/null) == "$repository" ]]; then
      git ls-files --cached --others --exclude-standard
    else
      find . \( -name .git -o -name .build \) -prune -o -type f -print | sed 's|^\./||'
    fi
  } | while IFS= read -r file; do
    if [[ -f $file && ! -L $file ]]; then printf '%s\n' "$file"; fi
  done | LC_ALL=C sort -u
)
