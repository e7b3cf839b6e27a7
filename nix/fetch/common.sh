# What each script of this folder needs beside its own work: messages, Nix, a temporary folder, and children that end
# with the script. To be sourced first.
#
# shellcheck shell=sh

# printable TEXT: it in one line, with a question mark for each character that could change a terminal's state: those of
# ASCII, and those of Unicode that do the same (U+0080 to U+009F)
printable() { printf '%s' "$1" | LC_ALL=C tr '\001-\037\177' '?' | LC_ALL=C sed "s/$(printf '\302[\200-\237]')/?/g"; }

# say MESSAGE...: one line on stderr
say() { printf '%s: %s\n' "${0##*/}" "$(printable "$*")" >&2; }

# die MESSAGE...: the same, and the end
die() {
  say "$*"
  exit 1
}

nix() { command nix --extra-experimental-features 'nix-command flakes' --option substitute false "$@"; }

# nix_error LOG: what Nix complained of, in one line, without the logins of URLs
nix_error() {
  reason=$(sed -n 's/^.*error: *\(..*\)/\1/p' "$1" | tail -n 1)
  printf '%s' "${reason:-$(tail -n 1 "$1")}" | sed 's,://[^/@[:space:]]*@,://,g'
}

# run COMMAND...: runs it as a child, so that a signal that ends this script ends it, too
run() {
  "$@" &
  wait $!
}

# stop STATUS: ends the children and lets the EXIT trap clean up
stop() {
  trap '' HUP INT TERM
  jobs -p >"$tmp/jobs"
  while read -r child; do kill "$child" 2>/dev/null; done <"$tmp/jobs"
  wait
  exit "$1"
}

# find_build_users: lets root build without build users where Debian's packages of Nix have made none
find_build_users() {
  [ "$(id -u)" -eq 0 ] && ! grep -q '^nixbld:' /etc/group || return 0
  { nix show-config || nix config show; } 2>/dev/null | grep -q '^build-users-group = nixbld$' || return 0
  NIX_CONFIG="${NIX_CONFIG:-}
build-users-group ="
  export NIX_CONFIG
  say "nix: root has no build users here, which nix build stops at; run: mkdir -p /etc/nix &&" \
    "echo 'build-users-group =' >>/etc/nix/nix.conf"
}

# begin FOLDER: sets `system`, Nix's name of this machine, and `tmp`, a folder in FOLDER that vanishes with this script
#
# shellcheck disable=SC2034
begin() {
  command -v nix-store >/dev/null || die "nix is not on PATH; install it, as ./setup does"
  tmp=$(mktemp -d "$1/.${0##*/}.XXXXXX" 2>/dev/null) ||
    die "$1: no temporary folder can be made there; free some space or set TMPDIR"
  trap 'rm -rf "$tmp"' EXIT
  trap 'stop 129' HUP
  trap 'stop 130' INT
  trap 'stop 143' TERM
  find_build_users
  system=$(nix eval --impure --raw --expr builtins.currentSystem 2>"$tmp/log") || die "nix: $(nix_error "$tmp/log")"
}
