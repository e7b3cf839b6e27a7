# What git does not track in the folder of a flake: Nix does not see it, and so no image has it. To be sourced; `nix run`
# works without git, and then nothing is said.
#
# shellcheck shell=sh

# flake_folder: the folder of the flake that Nix means by `.`, this one or the closest above; fails if there is none
flake_folder() (
  CDPATH='' cd -P . || exit
  until [ -e flake.nix ]; do
    [ "$PWD" != / ] && cd .. || exit
  done
  pwd
)

# untracked FOLDER [SOURCE]: one line about the files in FOLDER that git neither tracks nor ignores, and that are not in
# the folder SOURCE either; nothing if there are none. Hidden files and what Nix and Python write there do not count.
untracked() {
  git -C "$1" ls-files --others --exclude-standard --exclude='.*' --exclude='result' --exclude='result-*' \
    --exclude='__pycache__' 2>/dev/null |
    while IFS= read -r file; do
      [ -n "${2-}" ] && [ -e "$2/$file" ] || printf '%s\n' "$file"
    done | {
    IFS= read -r first || return 0
    more=$(($(wc -l)))
    if [ "$more" -eq 0 ]; then
      printf '%s\n' "$first: git does not track it, so the image has it not; git add it"
    else
      printf '%s\n' "$first, and $more more: git does not track them, so the image has them not; git add them"
    fi
  }
}
