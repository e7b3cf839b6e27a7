# What the targets of `fetch` stand for; to be sourced after common.sh.
#
# `fetch` sets `flake`, the flake of the targets that name none, and `begin` sets `system` and `tmp`.
#
# shellcheck shell=sh
# shellcheck disable=SC2154

derivations_of_checks='checks: builtins.concatStringsSep "\n" (map (check: check.drvPath) (builtins.attrValues checks))'
derivations_of_program='program: builtins.concatStringsSep "\n" (builtins.attrNames (builtins.getContext program))'

# derivations_of FLAKE NAME: the derivations that NAME stands for, one a line. A package and an app may share a name.
derivations_of() {
  if [ "$2" = checks ]; then
    nix eval --raw "$1#checks.$system" --apply "$derivations_of_checks" 2>"$tmp/log" && echo && return
    # A flake without checks needs nothing for them.
    grep -q 'does not provide attribute' "$tmp/log"
  elif nix eval --raw "$1#apps.$system.$2.program" --apply "$derivations_of_program" 2>/dev/null; then
    echo
    nix path-info --derivation "$1#$2" 2>/dev/null || :
  else
    nix path-info --derivation "$1#$2" 2>"$tmp/log"
  fi
}

# target_derivations TARGET: the derivations that TARGET stands for, one a line; sets target_flake and name to its parts
target_derivations() {
  case $1 in
    *#*) target_flake=${1%%#*} name=${1#*#} ;;
    . | .. | *[/:]*) target_flake=$1 name='' ;;
    *) target_flake=$flake name=$1 ;;
  esac
  target_flake=${target_flake:-.}
  name=${name%%^*} # of a derivation's outputs, all need the same files
  name=${name:-default}
  derivations_of "$target_flake" "$name" >"$tmp/found" || return
  # They become words of a command, and a flake may call anything a derivation.
  sed -n '/^\/[^[:space:]]*\.drv$/p' "$tmp/found"
}

# target_error: why the last target stands for nothing, in one line
target_error() {
  short_list=$(cat "$here/short_list.nix")
  if grep -q 'does not provide attribute' "$tmp/log" &&
    packages=$(nix eval --raw "$target_flake#packages.$system" --apply "$short_list" 2>/dev/null); then
    printf '%s' "no such package; there are $packages"
    case $name in image-py*) printf '%s' "; images have the Pythons of Debian's releases, one each" ;; esac
  else
    nix_error "$tmp/log"
  fi
}
