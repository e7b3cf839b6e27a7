# Where Debian's archives stand, for fetch and update; to be sourced after common.sh.
#
# A mirror is the URL of its archive `debian`; the archive `debian-security` stands beside it, so either URL gives the
# other: https://HOST/debian, or a snapshot https://HOST/archive/debian/20250520T000000Z.
#
# shellcheck shell=sh

# apt_mirrors: the repositories that the machine's apt has, one URL a line
apt_mirrors() {
  # shellcheck disable=SC2016 # apt's variable
  apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
    while read -r url; do
      case $url in
        mirror+file:*) url=${url#mirror+file:} && sed 's/[[:space:]].*//; /^#/d' "${url%/}" ;;
        file:///*) printf '%s\n' "$url" ;;
        file:/*) printf '%s\n' "file://${url#file:}" ;;
        http://* | https://*) printf '%s\n' "$url" ;;
      esac
    done
}

# http://[LOGIN@]HOST[:PORT]/PATH or file:///PATH
label='[A-Za-z0-9_-]{1,63}'
host="($label(\\.$label)*\\.?|\\[[0-9A-Fa-f:.]+])"
mirror_form="^(file://|https?://([^]/@[]+@)?$host(:[0-9]{1,5})?)/[^?#]+\$"

# check_mirror SOURCE URL: ends with a hint if URL, given by the option or variable SOURCE, cannot be that of a mirror
check_mirror() {
  wrong=''
  if [ "$2" != "$(printf '%s' "$2" | LC_ALL=C tr -cd '!-~')" ]; then
    wrong='it holds a space or a character that no URL has'
  elif printf '%s\n' "$2" | grep -Eq "$mirror_form"; then
    case $2 in
      file:*%*) ;; # not decoded here
      file:*) [ -d "${2#file://}" ] || wrong='no such folder' ;;
    esac
  else
    case ${2%/} in
      http://*/* | https://*/* | file:///*) wrong='not the URL of a mirror' ;;
      http://?* | https://?*) wrong='its path is missing' ;;
      *) wrong='not a URL of http, https or file' ;;
    esac
  fi
  [ -n "$wrong" ] || return 0
  # A login is never shown.
  shown=$(printf '%s' "$2" | LC_ALL=C tr -c ' -~' '?' | sed 's,//.*@,//,')
  die "$1 $shown: $wrong; give one such as http://HOST/debian or file:///folder/debian"
}

# find_mirrors: sets `mirrors` (unless options have) and the proxies of apt, deb_http_proxy and deb_https_proxy
find_mirrors() {
  deb_http_proxy='' deb_https_proxy=''
  eval "$(apt-config shell deb_http_proxy Acquire::http::Proxy deb_https_proxy Acquire::https::Proxy 2>/dev/null)"
  deb_https_proxy=${deb_https_proxy:-$deb_http_proxy}
  case $deb_http_proxy in DIRECT) deb_http_proxy='' ;; esac
  case $deb_https_proxy in DIRECT) deb_https_proxy='' ;; esac
  export deb_http_proxy deb_https_proxy

  for url in $mirrors; do check_mirror --debian-mirror "$url"; done
  if [ -z "$mirrors" ]; then
    mirrors=${DEBIAN_MIRROR:-}
    for url in $mirrors; do check_mirror DEBIAN_MIRROR "$url"; done
  fi
  if [ -z "$mirrors" ]; then
    for url in $(apt_mirrors); do
      [ -z "$(archive_url "$url" debian)" ] || mirrors="$mirrors $url"
    done
    if [ -z "$mirrors" ]; then
      reason=$(apt-get indextargets 2>&1 >/dev/null | sed -n 's/^E: //p' | head -n 1)
      reason=${reason:-"apt's configuration on this machine names none"}
      die "no Debian mirror: $reason; give --debian-mirror URL or set DEBIAN_MIRROR"
    fi
  fi
}

# archive_url URL ARCHIVE: the URL of ARCHIVE on the mirror of URL; empty when no path component names an archive
archive_url() {
  printf '%s/\n' "${1%/}" | sed -n "s,^\([a-z]*://[^/]*/\(.*/\)*\)debian\(-security\)*/,\1$2/,p"
}

# archive_urls ARCHIVE: where `mirrors` have it, in the order to try, one a line: as named first, as derived last
archive_urls() {
  named='' derived=''
  for url in $mirrors; do
    there=$(archive_url "$url" "$1")
    # A mirror of an unusual form (a company's proxy) may hold either archive.
    case "${there:-${url%/}/}" in
      "${url%/}/") named="$named ${url%/}/" ;;
      *) derived="$derived $there" ;;
    esac
  done
  seen=' '
  for url in $named $derived; do
    case $seen in *" $url "*) continue ;; esac
    seen="$seen$url "
    printf '%s\n' "$url"
  done
}
