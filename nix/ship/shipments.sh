# What `push` and `verify` share: options that both have, and how images are named and built. To be sourced after
# common.sh, by a script that has set `here`.
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154

own="path:$(cd "$here/../.." && pwd -P)"

# is_image WORD: whether it names an image of a flake, and not one of a registry
is_image() {
  case $1 in
    *'#'* | . | .. | ./* | ../* | /*) ;;
    *) return 1 ;;
  esac
}

# package IMAGE: the package that it names, without the flake's default being left out
package() {
  case $1 in
    *'#'?*) printf '%s\n' "${1%%#*}#${1#*#}" ;;
    *) printf '%s\n' "${1%%#*}#default" ;;
  esac
}

# shipment_of PACKAGE PLATFORM: the package that has all that a registry gets of it, for a platform or, without one, all
shipment_of() {
  case $2 in
    '') printf '%s\n' "$1.index.shipment" ;;
    linux/*) printf '%s\n' "$1.${2#linux/}.shipment" ;;
    *) die "--platform $2: write it as linux/amd64 or linux/arm64" ;;
  esac
}

# build PACKAGE...: fetches what the packages need, builds them, and writes their paths to $tmp/built
build() {
  "$here/../fetch/fetch" "$@" || exit
  run nix build --no-link "$@" || die "nix build: failed; see above"
  nix path-info "$@" >"$tmp/built" 2>"$tmp/log" || die "$(nix_error "$tmp/log")"
}

# build_program NAME: the same for one of the programs of ship/default.nix, whose path goes to `program`
build_program() {
  build "$own#legacyPackages.$system.ship.$1"
  program=$(cat "$tmp/built")/bin/$1
}
