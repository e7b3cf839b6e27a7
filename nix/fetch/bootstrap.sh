# The Python that runs fetch_main.py and update.py, from nothing but sh and Nix; to be sourced after common.sh and
# mirrors.sh, by a script that has set `here`. It takes files from the mirrors, or from the folder `from`; `jobs` at a
# time.
#
# It is built from a few Debian packages. Nix's own downloader brings and verifies them. The first of them holds the
# static busybox that unpacks the others in the sandbox, so its own data is carved out here.
#
# What the flake tells of these packages (nix/bootstrap) is a JSON object a line, whose values are plain strings.
#
# shellcheck shell=sh
# shellcheck disable=SC2154

from='' jobs=8
own="path:$(cd "$here/../.." && pwd -P)"

# bootstrap_attribute NAME: a string that the flake's bootstrap gives
bootstrap_attribute() {
  nix eval --raw "$own#legacyPackages.$system.bootstrap.$1" 2>"$tmp/log" || die "bootstrap: $(nix_error "$tmp/log")"
}

# field RECORD KEY: the value of KEY in a line of JSON
field() {
  value=${1#*"\"$2\":\""}
  printf '%s\n' "${value%%\"*}"
}

valid() { nix-store --check-validity "$1" 2>/dev/null; }

# file_url PATH
file_url() { printf 'file://%s\n' "$1" | sed 's/%/%25/g; s/ /%20/g; s/#/%23/g; s/?/%3F/g; s/+/%2B/g'; }

# source_url ROUND RECORD: where the file is looked for in that round; empty after the last
source_url() {
  if [ -n "$from" ]; then
    [ "$1" -gt 1 ] || file_url "$from/$(field "$2" name)"
  else
    url=$(archive_urls "$(field "$2" archive)" | sed -n "${1}p")
    [ -z "$url" ] || printf '%s\n' "$url$(field "$2" path)" | sed 's/+/%2B/g'
  fi
}

# download_error NAME PINS: why no source had it, in one line
download_error() {
  if [ -n "$from" ] && ! [ -e "$from/$1" ]; then
    printf '%s' "not in $from; write it there with --to on a machine that has a network"
  elif grep -q 'hash mismatch' "$tmp/$1.log"; then
    if [ -n "$from" ]; then
      printf '%s' "sha256 differs: $from has another file of that name; remove it"
    else
      printf '%s' "sha256 differs: the mirror or a proxy changed the file; give another mirror by --debian-mirror URL"
    fi
  elif grep 'error:' "$tmp/$1.log" | grep -qv 'HTTP error 404\|(37)'; then
    grep 'error:' "$tmp/$1.log" | grep -v 'HTTP error 404\|(37)' >"$tmp/log"
    nix_error "$tmp/log"
    printf '%s' "; check the network and the proxy, or give another mirror by --debian-mirror URL"
  else
    printf '%s' "the mirror no longer has it; run nix run .#update${2:+ -- $2}"
  fi
}

# store_path RECORD: where the store has the file, once it is there
store_path() { nix-store --print-fixed-path sha256 "$(field "$1" sha256)" "$(field "$1" name)"; }

# download RECORD URL: brings one file; ends one that has less than 1000 bytes a second, for which Nix would wait
download() {
  http_proxy=${http_proxy:-${deb_http_proxy:-}} https_proxy=${https_proxy:-${deb_https_proxy:-}} \
    timeout $((60 + $(field "$1" size) / 1000)) \
    nix-prefetch-url --type sha256 --name "$(field "$1" name)" "$2" "$(field "$1" sha256)" && return
  [ $? -ne 124 ] || echo "error: the mirror sends less than 1000 bytes a second"
}

# prefetch RECORDS: brings the files of these lines into the store
prefetch() {
  round=1
  while :; do
    while read -r record; do
      valid "$(store_path "$record")" || printf '%s\n' "$record"
    done <"$1" >"$tmp/missing"
    [ -s "$tmp/missing" ] || break

    count=0
    while read -r record; do
      name=$(field "$record" name)
      url=$(source_url "$round" "$record")
      [ -n "$url" ] || die "$name: $(download_error "$name" "$(field "$record" pins)")"
      download "$record" "$url" >>"$tmp/$name.log" 2>&1 &
      count=$((count + 1))
      [ $((count % jobs)) -ne 0 ] || wait
    done <"$tmp/missing"
    wait
    round=$((round + 1))
  done
}

# deb_data DEB: its member data.tar.*, compressed as it is
deb_data() {
  offset=8 # after ar's magic string
  while header=$(tail -c +$((offset + 1)) "$1" | head -c 60) && [ -n "$header" ]; do
    # name of 16 characters, then mtime, uid, gid and mode of 32, then the size of 10
    size=$(printf '%s' "$header" | sed -n '1s/^.\{48\}\([0-9]*\).*/\1/p')
    case $header in
      data.tar*) tail -c +$((offset + 61)) "$1" | head -c "$size" && return ;;
    esac
    offset=$((offset + 60 + size + size % 2))
  done
}

# seed RECORD: brings the unpacked tree of the first input into the store; RECORD has its name and its sha256 of Nix
seed() {
  tree=$(field "$1" name) hash=$(field "$1" sha256)
  valid "$(nix-store --print-fixed-path --recursive sha256 "$hash" "$tree")" && return
  head -n 1 "$tmp/inputs" >"$tmp/first"
  prefetch "$tmp/first"
  deb_data "$(store_path "$(cat "$tmp/first")")" >"$tmp/data.tar"
  nix-prefetch-url --unpack --name "$tree" "$(file_url "$tmp/data.tar")" "$hash" >"$tmp/log" 2>&1 ||
    die "$tree: $(nix_error "$tmp/log")"
}

# trust_certificates: tells Debian's Python and pip where this machine, perhaps no Debian, keeps its certificates
trust_certificates() {
  usual=/etc/ssl/certs/ca-certificates.crt
  for bundle in "${SSL_CERT_FILE:-}" "${NIX_SSL_CERT_FILE:-}" $usual /etc/pki/tls/certs/ca-bundle.crt; do
    [ -f "$bundle" ] || continue
    export SSL_CERT_FILE="$bundle"
    # pip ranks this variable above its own configuration, so set it only where pip would find no certificates.
    [ -f $usual ] || export REQUESTS_CA_BUNDLE="${REQUESTS_CA_BUNDLE:-$bundle}"
    return
  done
}

# bootstrap: sets `python`, the store path of the Python, once it is built; leaves its inputs in $tmp/inputs
bootstrap() {
  trust_certificates
  unset PYTHONPATH PYTHONSAFEPATH
  bootstrap_attribute inputs >"$tmp/inputs"
  seed=$(bootstrap_attribute seed) && python=$(bootstrap_attribute python) || exit
  seed "$seed"
  valid "$python" && return
  say "bringing the Python that runs the rest"
  prefetch "$tmp/inputs"
  run nix build --no-link "$own#legacyPackages.$system.bootstrap.python" 2>"$tmp/log" ||
    die "bootstrap: $(nix_error "$tmp/log")"
}
