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

# require_image PACKAGE: ends with a hint if it is a package without what a registry gets of an image
require_image() {
  [ "$(nix eval "$1" --apply 'image: image ? index.shipment' 2>/dev/null)" != false ] ||
    die "$1: is no image of mkAppImage; of one of dockerTools, skopeo copies the layout: nix build $1.oci &&" \
      "skopeo copy oci:result:TAG docker://REGISTRY/NAME:TAG"
}

# shipment_of PACKAGE PLATFORM: what has all that a registry gets of it, for linux/ARCHITECTURE or, if empty, for all
shipment_of() {
  if [ -z "$2" ]; then printf '%s\n' "$1.index.shipment"; else printf '%s\n' "$1.${2#linux/}.shipment"; fi
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
