# What the targets of `fetch` stand for; to be sourced after common.sh and untracked.sh.
#
# `fetch` sets `flake`, the flake of the targets that name none, and `own`, the one it is part of. `begin` sets `system`
# and `tmp`.
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
    no_attribute
  elif nix eval --raw "$1#apps.$system.$2.program" --apply "$derivations_of_program" 2>/dev/null; then
    echo
    nix path-info --derivation "$1#$2" 2>/dev/null || :
  else
    nix path-info --derivation "$1#$2" 2>"$tmp/log"
  fi
}

told=''

# tell_untracked: says once which files of the flake in this folder Nix does not see
tell_untracked() {
  [ -z "$told" ] || return 0
  told=yes
  line=$(folder=$(flake_folder) && untracked "$folder")
  [ -z "$line" ] || say "$line"
}

# target_derivations TARGET: the derivations that TARGET stands for, one a line; sets target_flake and name to its parts
target_derivations() {
  other=''
  case $1 in
    *#*) target_flake=${1%%#*} name=${1#*#} ;;
    . | .. | *[/:]*) target_flake=$1 name='' ;;
    *)
      target_flake=$flake name=$1
      # In the folder of another flake, a name may still be one of this.
      [ "$flake" != . ] || other=$own
      ;;
  esac
  target_flake=${target_flake:-.}
  name=${name%%^*} # of a derivation's outputs, all need the same files
  name=${name:-default}
  [ "$target_flake" != . ] || tell_untracked
  derivations_of "$target_flake" "$name" >"$tmp/found" ||
    { [ -n "$other" ] && no_attribute && derivations_of "$other" "$name" >"$tmp/found"; } || return
  # They become words of a command, and a flake may call anything a derivation.
  sed -n '/^\/[^[:space:]]*\.drv$/p' "$tmp/found"
}

# no_attribute: whether the last flake that was asked lacks what it was asked for
no_attribute() { grep -q 'does not provide attribute' "$tmp/log"; }

# target_error: why the last target stands for nothing, in one line
target_error() {
  short_list=$(cat "$here/short_list.nix")
  if no_attribute &&
    packages=$(nix eval --raw "$target_flake#packages.$system" --apply "$short_list" 2>/dev/null); then
    printf '%s' "no such package; there are $packages"
    case $name in image-py*) printf '%s' "; images have the Pythons of Debian's releases, one each" ;; esac
  else
    nix_error "$tmp/log"
  fi
}
