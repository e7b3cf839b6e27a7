# Where Debian's archives stand, for fetch and update; to be sourced, uses `die`.
#
# A mirror is the URL of its archive `debian`; the archive `debian-security` stands beside it, so either URL gives the
# other: https://HOST/debian, or a snapshot https://HOST/archive/debian/20250520T000000Z.

# apt_mirrors: the repositories that the machine's apt has, one URL a line
apt_mirrors() {
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

# find_mirrors: sets `mirrors` (unless options have) and the proxies of apt, deb_http_proxy and deb_https_proxy
find_mirrors() {
  deb_http_proxy='' deb_https_proxy=''
  eval "$(apt-config shell deb_http_proxy Acquire::http::Proxy deb_https_proxy Acquire::https::Proxy 2>/dev/null)"
  deb_https_proxy=${deb_https_proxy:-$deb_http_proxy}
  case $deb_http_proxy in DIRECT) deb_http_proxy='' ;; esac
  case $deb_https_proxy in DIRECT) deb_https_proxy='' ;; esac
  export deb_http_proxy deb_https_proxy

  mirrors=${mirrors:-${DEBIAN_MIRROR:-}}
  if [ -z "$mirrors" ]; then
    for url in $(apt_mirrors); do
      [ -z "$(archive_url "$url" debian)" ] || mirrors="$mirrors $url"
    done
    if [ -z "$mirrors" ]; then
      reason=$(apt-get indextargets 2>&1 >/dev/null | sed -n 's/^E: //p' | head -n 1)
      die "no Debian mirror: ${reason:-the machine's apt configuration names none}; give --debian-mirror URL or set DEBIAN_MIRROR"
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
