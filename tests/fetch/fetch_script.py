"""The script `fetch` among programs that only pretend: Nix, apt and the Python that it starts."""

import json
import os
import subprocess
import sys
from pathlib import Path

from pretended import FETCH, SHELL

# $FAKE/store is the store, $FAKE/web/URL what a URL gives, with the slashes of URL as underscores. The flake has an app
# and a package of the name `both`, and an app `script` that needs nothing.
PROGRAMS = {
    "nix": r"""
        echo "$*" >>$FAKE/nix-calls
        case "$*" in
          *broken*) printf 'error:\n       while evaluating\n       error: it is broken\n' >&2; exit 1 ;;
          *currentSystem*) printf x86_64-linux ;;
          *show-config* | *'config show'*) cat $FAKE/settings ;;
          *'#packages.x86_64-linux --apply'*) printf 'image-py39{,-slim}, default' ;;
          *'#checks.x86_64-linux --apply'*) printf '%s\n' $FAKE/target.drv; cat $FAKE/more-checks ;;
          *'#apps.x86_64-linux.script.program'*) ;;
          *'#apps.x86_64-linux.both.program'*) printf %s $FAKE/app.drv ;;
          *'#apps.'* | *py38* | *'#script') echo "error: flake 'x' does not provide attribute 'y'" >&2; exit 1 ;;
          *bootstrap.inputs*) cat $FAKE/inputs ;;
          *bootstrap.seed*) printf '{"name":"seed-tree","sha256":"5eed"}' ;;
          *' build '*) mkdir -p $FAKE/store/python/bin; cp $FAKE/python3 $FAKE/store/python/bin ;;
          *bootstrap.python*) printf %s $FAKE/store/python ;;
          *path-info*) echo $FAKE/target.drv ;;
        esac""",
    "nix-store": r"""
        echo "$*" >>$FAKE/nix-calls
        for last; do :; done
        case "$*" in
          *--dry-run*) cat $FAKE/missing >&2 ;;
          *--requisites*) cat $FAKE/closure ;;
          *--check-validity*) [ -e $last ] ;;
          *--print-fixed-path*) echo $FAKE/store/$last ;;
        esac""",
    "nix-prefetch-url": r"""
        case $1 in --type) shift 2 ;; --unpack) shift ;; esac
        name=$2 url=$3
        echo "$url proxy=${http_proxy:-}" >>$FAKE/downloads
        [ ! -e $FAKE/hang ] || { echo $$ >$FAKE/hanging; exec sleep 60; }
        case $url in
          file://*) file=${url#file://} ;;
          *) file=$FAKE/web/$(echo $url | tr / _) ;;
        esac
        if [ ! -e $file ]; then echo "error: unable to download '$url': HTTP error 404 ('')" >&2; exit 1
        elif grep -q forbidden $file; then
          printf "error: unable to download '$url': HTTP error 403 ('\033[2J')\n" >&2; exit 1
        elif grep -q tampered $file; then echo "error: hash mismatch for '$url'" >&2; exit 1
        else cp $file $FAKE/store/$name; fi""",
    # Each download takes as long as it may.
    "timeout": 'echo $1 >>$FAKE/timeouts; shift; [ ! -e $FAKE/drips ] || exit 124; exec "$@"',
    "apt-get": "cat $FAKE/apt-mirrors",
    "apt-config": "cat $FAKE/apt-proxy",
    "python3": r"""
        printf '%s\n' "$@" >$FAKE/argv
        echo "TMPDIR=$TMPDIR" "deb_http_proxy=${deb_http_proxy:-}" >$FAKE/environment
        [ ! -e $FAKE/hang ] || { echo $$ >$FAKE/hanging; exec sleep 60; }""",
}


def record(name: str, sha256: str, size: int = 4) -> str:
    """What the flake tells of a package that the Python is made of: a line."""
    fields = {
        "archive": "debian",
        "name": name,
        "path": f"pool/{name}",
        "pins": "bootstrap",
        "sha256": sha256,
        "size": str(size),
    }
    return json.dumps(fields, separators=(",", ":")) + "\n"


class FetchScript:
    """Runs `fetch` in the folder `root` of what the pretenders read and write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Where the user is, unless a test says otherwise.
        self.folder = root / "folder"
        for folder in ("bin", "store", "web", "tmp", "folder"):
            (root / folder).mkdir(parents=True)
        for name, body in PROGRAMS.items():
            path = root / ("python3" if name == "python3" else f"bin/{name}")
            path.write_text(f"#!{' '.join(SHELL)}\n{body}\n")
            path.chmod(0o755)
        for name in (
            "missing",
            "closure",
            "inputs",
            "apt-mirrors",
            "apt-proxy",
            "nix-calls",
            "downloads",
            "more-checks",
            "settings",
        ):
            (root / name).touch()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "PATH": f"{root}/bin{os.pathsep}{os.environ['PATH']}",
            "FAKE": str(root),
            "TMPDIR": str(root / "tmp"),
        }

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def add_python(self) -> None:
        """Puts what stage 0 makes into the store."""
        python = self.root / "store/python/bin/python3"
        python.parent.mkdir(parents=True)
        python.write_bytes((self.root / "python3").read_bytes())
        python.chmod(0o755)
        self.write("store/seed-tree", "")

    def miss(self, *names: str) -> list[str]:
        """Makes these files ones that the target still needs; gives their derivations."""
        derivations = [str(self.write(f"{name}.drv", f'Derive([("kind","deb"),("name","{name}")])')) for name in names]
        target = str(self.write("target.drv", 'Derive([("name","target")])'))
        listed = "".join(f"  {path}\n" for path in (*derivations, target))
        self.write("missing", f"these derivations will be built:\n{listed}")
        self.write("closure", listed.replace(" ", ""))
        return derivations

    def start(self, *arguments: str | Path, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*SHELL, str(FETCH / "fetch"), *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, **environment: str) -> tuple[int, list[str]]:
        """The exit status and the lines on stderr."""
        process = self.start(*arguments, **environment)
        output, errors = process.communicate(timeout=60)
        sys.stdout.write(output)
        return process.returncode, errors.splitlines()

    def arguments(self, option: str, count: int = 1) -> list[str]:
        """What the Python was given with each `option`."""
        argv = self.read("argv").splitlines()
        return [" ".join(argv[at + 1 : at + 1 + count]) for at, word in enumerate(argv) if word == option]

    def leftovers(self) -> list[str]:
        return [path.name for path in (self.root / "tmp").iterdir()]
