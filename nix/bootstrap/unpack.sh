#!/bin/sh
# The files of Debian packages → one folder, for programs of the build machine. busybox must run this, with its applets
# on PATH: its tar makes links that lead elsewhere only after all files of a package, and puts no file through them.
#
#   unpack.sh FOLDER DEB...
#
# The folder, which is made, gets regular files, directories, and symlinks that lead to within the folder: absolute ones
# become relative. Nothing outside is read or touched, even where no sandbox prevents it. Ends with status 1 and one
# line if a package has anything else, such as a hard link, a device or a name with `..`, or if it is damaged.
#
# shellcheck shell=busybox
set -eu -o pipefail

# A package may unpack to as many times its size, or to the second number of bytes. Real ones have at most 40 times.
ratio=100 allowance=67108864

die() {
    printf 'bootstrap: %s\n' "$*" | tr -c '\n\040-\176' '?' >&2
    exit 1
}

# refuse_any WHAT TEST...: ends if find(1) sees such a member
refuse_any() {
    what=$1
    shift
    found=$(find . "$@" | head -n 1)
    [ -z "$found" ] || die "$name: $found: is $what, which cannot be unpacked here; leave the package out"
}

# lead_within LINK: makes the symlink relative; ends if its target may be outside the current folder. It can't be if `..`
# comes only at its beginning, once at most for each folder above the link, and all other links keep to that, too.
lead_within() {
    above='' left=${1#./}
    while [ "$left" != "${left#*/}" ]; do
        above=../$above left=${left#*/}
    done
    target=$(readlink -n "$1" && echo .)
    target=${target%.}
    case $target in
    /*)
        while [ "$target" != "${target#/}" ]; do target=${target#/}; done
        target=$above$target
        ln -sfn "${target:-.}" "$1"
        ;;
    esac
    while :; do
        case $target in
        .. | ../*) [ -n "$above" ] || die "$name: $1: leads out of the package; leave the package out" ;;
        *) break ;;
        esac
        above=${above#../} target=${target#..}
        while [ "$target" != "${target#/}" ]; do target=${target#/}; done
    done
    case /$target/ in
    */../*) die "$name: $1: leads to a path with .. in its middle; leave the package out" ;;
    esac
}

# unpack DEB: into the current folder, which is empty
unpack() {
    limit=$(($(stat -L -c %s "$1") * ratio))
    [ "$limit" -gt $allowance ] || limit=$allowance
    # What tar complains of without failing, such as names that lead outside, is an error here.
    log=$({ ar -p "$1" data.tar.xz | xzcat | head -c "$limit" | tar -xof -; } 2>&1) && [ -z "$log" ] ||
        die "$name: cannot be unpacked: $(printf '%s\n' "$log" | tail -n 1); its pins must name a sound package"
    refuse_any 'a name with a line break' -name '*
*'
    refuse_any 'a device, FIFO or socket' ! -type f ! -type d ! -type l
    refuse_any 'a hard link' ! -type d -links +1
    find . -type l >"$links"
    while IFS= read -r link; do lead_within "$link"; done <"$links"
}

mkdir "$1"
folder=$(cd "$1" && pwd)
shift
links=$(mktemp)
package=$(mktemp -d)
trap 'rm -rf "$links" "$package"' EXIT
for deb; do
    # The store puts 32 characters of a hash before the name.
    name=$(basename "$deb" | sed 's/^[0-9a-z]\{32\}-//')
    # Each package is checked in a folder of its own, so that the time does not grow with those before it.
    mkdir "$package/files"
    cd "$package/files"
    unpack "$deb"
    log=$({ tar -cf - . | tar -xof - -C "$folder"; } 2>&1) && [ -z "$log" ] ||
        die "$name: does not fit to the packages before it: $(printf '%s\n' "$log" | tail -n 1); leave it out"
    cd "$package"
    rm -rf files
done
