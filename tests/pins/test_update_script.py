"""The script `update` among programs that only pretend: Nix, apt and the Python that it starts."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

NIX = Path(__file__).parents[2] / "nix"
SHELL = shlex.split(os.environ.get("TEST_SHELL", "sh"))
SHELL[0] = shutil.which(SHELL[0]) or SHELL[0]

PROGRAMS = {
    "bin/nix": """
        case "$*" in
          *currentSystem*) printf x86_64-linux ;;
          *.inputs) printf 'seed_1.deb 0 debian pool/seed_1.deb' ;;
          *.seed) printf 'seed-tree 0' ;;
          *"path:$FAKE/flake#legacyPackages.x86_64-linux.bootstrap.python")
            [ ! -e $FAKE/broken ] || { echo 'error: it is broken' >&2; exit 1; }
            printf %s $FAKE/python ;;
        esac""",
    # All that is asked for is in the store.
    "bin/nix-store": "echo $FAKE",
    "bin/apt-get": "cat $FAKE/apt-mirrors",
    "bin/apt-config": """echo "deb_http_proxy='http://proxy.invalid'" """,
    "python/bin/python3": """
        while [ "${1#-}" != "$1" ]; do shift; done
        echo "$*" >>$FAKE/log
        echo "$http_proxy $https_proxy" >$FAKE/proxies
        exit 5""",
}


class Script:
    """Runs `update` in a folder of what the pretenders read and write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, body in PROGRAMS.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!{' '.join(SHELL)}\n{body}\n")
            path.chmod(0o755)
        for stage in ("fetch", "pins"):
            shutil.copytree(NIX / stage, root / "flake/nix" / stage, ignore=shutil.ignore_patterns("__pycache__"))
        (root / "log").touch()
        (root / "apt-mirrors").touch()

    def __call__(self, *arguments: str, **environment: str) -> tuple[int, list[str]]:
        """The exit status and the lines on stderr."""
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith(("_proxy", "_mirror"))}
        path = f"{self.root}/bin{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [*SHELL, str(self.root / "flake/nix/pins/update"), *arguments],
            env=kept | {"PATH": path, "FAKE": str(self.root), "TMPDIR": str(self.root)} | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stderr.splitlines()

    def log(self) -> list[str]:
        return (self.root / "log").read_text().splitlines()


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def expected(script: Script, debian: str, security: str, names: str) -> list[str]:
    """The program is given both archives' mirrors."""
    return [
        f"{script.root}/flake/nix/pins/update.py --mirror debian {debian} --mirror debian-security {security} {names}"
    ]


def test_a_given_mirror(script: Script) -> None:
    url = "https://a.invalid/debian"
    assert script("one", "two", "--debian-mirror", url) == (5, [])
    assert script.log() == expected(script, f"{url}/", "https://a.invalid/debian-security/", "one two")


def test_the_mirror_of_the_environment(script: Script) -> None:
    url = "https://a.invalid/debian"
    script("one", DEBIAN_MIRROR=url)
    assert script.log() == expected(script, f"{url}/", "https://a.invalid/debian-security/", "one")


def test_the_mirrors_and_the_proxy_of_apt(script: Script) -> None:
    debian, security = "http://a.invalid/debian/", "http://b.invalid/debian-security/"
    (script.root / "apt-mirrors").write_text(f"{debian}\n{security}\n")
    script("one")
    assert script.log() == expected(script, debian, security, "one")
    assert (script.root / "proxies").read_text() == "http://proxy.invalid http://proxy.invalid\n"
    script("one", http_proxy="http://mine.invalid")
    assert (script.root / "proxies").read_text() == "http://mine.invalid http://proxy.invalid\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "no pins"),
        (["--what"], "--what"),
        (["one", "--debian-mirror"], "a value is missing"),
        (["one"], "no Debian mirror"),
    ],
)
def test_what_is_asked_for_wrongly(script: Script, arguments: list[str], reason: str) -> None:
    status, errors = script(*arguments)
    assert status == 1 and len(errors) == 1
    assert errors[0].startswith("update: ") and reason in errors[0]
    assert script.log() == []


def test_a_failure_of_nix_ends_it(script: Script) -> None:
    (script.root / "broken").touch()
    assert script("one", "--debian-mirror", "https://a.invalid/debian") == (1, ["update: bootstrap: it is broken"])
    assert script.log() == []
