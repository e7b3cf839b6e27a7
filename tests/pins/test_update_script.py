"""The script `update` among programs that only pretend: Nix, apt and the Python that it starts."""

import json
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
          *--json*.#packages.*)
            [ ! -e $FAKE/broken-app ] || { echo 'error: it is broken' >&2; exit 1; }
            [ -z "${REAL_NIX:-}" ] || exec $REAL_NIX "$@"
            printf '{}' ;;
          *--apply*) [ -z "${REAL_NIX:-}" ] || exec $REAL_NIX "$@" ;;
          *.inputs) printf 'seed_1.deb 0 debian pool/seed_1.deb' ;;
          *.seed) printf 'seed-tree 0' ;;
          *#legacyPackages.x86_64-linux.bootstrap.python)
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
        case "$1" in *update_app.py) for last; do :; done && cp "$last" $FAKE/requests ;; esac
        echo "$http_proxy $https_proxy" >$FAKE/proxies
        echo "$TMPDIR" >$FAKE/scratch
        exit 5""",
}


# As in the flake itself, the names of the images are read from all pins files.
FLAKE = """{
  outputs = _: {
    legacyPackages = {
      aarch64-linux.systems.aarch64-linux.debian = "arm64";
      x86_64-linux.systems.x86_64-linux.debian = "amd64";
    };
    packages.x86_64-linux =
      with builtins;
      listToAttrs (
        map (file: {
          name = (fromTOML (readFile (./nix/pins + "/${file}"))).image;
          value = throw "not needed";
        }) (filter (file: match ".*[.]toml" file != null) (attrNames (readDir ./nix/pins)))
      );
  };
}"""


class Script:
    """Runs `update` in a folder that has pins files, and what the pretenders read and write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, body in PROGRAMS.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!{' '.join(SHELL)}\n{body}\n")
            path.chmod(0o755)
        for stage in ("fetch", "pins"):
            ignore = shutil.ignore_patterns("__pycache__", "*.toml")
            shutil.copytree(NIX / stage, root / "flake/nix" / stage, ignore=ignore)
        (root / "flake/flake.nix").write_text(FLAKE)
        (root / "flake/flake.lock").write_text('{"nodes": {"root": {}}, "root": "root", "version": 7}')
        pins = root / "flake/nix/pins"
        pins.chmod(0o755)
        for name in ("bootstrap", "one"):
            (pins / f"{name}.toml").write_text(f'image = "image-{name}"')
        pins.chmod(0o555)  # as in the Nix store
        (root / "nix/pins").mkdir(parents=True)
        for name in ("two.toml", "one.toml", "one.lock.json"):
            (root / "nix/pins" / name).touch()
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
            cwd=self.root,
            timeout=60,
        )
        return done.returncode, done.stderr.splitlines()

    def log(self) -> list[str]:
        return (self.root / "log").read_text().splitlines()


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def expected(script: Script, debian: str, security: str, names: str, options: str = "") -> list[str]:
    """The program is given both archives' mirrors."""
    mirrors = f"--mirror debian {debian} --mirror debian-security {security}"
    return [f"{script.root}/flake/nix/pins/update.py {options}{mirrors} -- {names}"]


def test_a_given_mirror(script: Script) -> None:
    url = "https://a.invalid/debian"
    assert script("one", "two", "--debian-mirror", url) == (5, [])
    assert script.log() == expected(script, f"{url}/", "https://a.invalid/debian-security/", "one two")


def test_without_a_name_all_pins_are_updated(script: Script) -> None:
    url = "https://a.invalid/debian"
    assert script("--debian-mirror", url) == (5, [])
    security = "https://a.invalid/debian-security/"
    assert script.log() == expected(script, f"{url}/", security, "one two", "--skip-final ")


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


def test_the_architectures_and_the_images_are_those_of_the_flake(script: Script) -> None:
    nix = shutil.which("nix")
    if nix is None:
        pytest.skip("needs nix")
    url = "https://a.invalid/debian"
    assert script("one", "--debian-mirror", url, REAL_NIX=nix) == (5, [])
    options = "--architecture arm64 --architecture amd64 --image image-bootstrap --image image-one "
    assert script.log() == expected(script, f"{url}/", "https://a.invalid/debian-security/", "one", options)


def test_the_program_runs_though_another_pins_file_is_broken(script: Script) -> None:
    """It tells so, after it has updated the others. Nix would say only that it can't read some file."""
    nix = shutil.which("nix")
    if nix is None:
        pytest.skip("needs nix")
    (script.root / "flake/nix/pins/one.toml").write_text("[image")
    assert script("one", "--debian-mirror", "https://a.invalid/debian", REAL_NIX=nix) == (5, [])
    (line,) = script.log()
    assert "--architecture amd64" in line and "--image" not in line


def test_nothing_temporary_stays(script: Script) -> None:
    before = {path.name for path in script.root.iterdir()}
    script("one", "--debian-mirror", "https://a.invalid/debian")
    scratch = Path((script.root / "scratch").read_text().strip())
    assert scratch.parent == script.root
    assert {path.name for path in script.root.iterdir()} == before | {"proxies", "scratch"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--what"], "--what: unknown option; see --help"),
        (["one", "--debian-mirror"], "--debian-mirror: a value is missing; see --help"),
        (["one", "three"], "three: no such pins file; there are: one two"),
        (["one.toml"], "one.toml: no such pins file; there are: one two"),
        (["o.e"], "o.e: no such pins file; there are: one two"),
    ],
)
def test_what_is_asked_for_wrongly(script: Script, arguments: list[str], reason: str) -> None:
    assert script(*arguments) == (1, [f"update: {reason}"])
    assert script.log() == []


def test_a_machine_that_names_no_mirror(script: Script) -> None:
    status, (error,) = script("one")
    assert status == 1 and error.startswith("update: no Debian mirror: ") and "--debian-mirror" in error
    assert script.log() == []


def test_a_folder_without_pins(script: Script) -> None:
    shutil.rmtree(script.root / "nix")
    expected = "update: nix/pins: no pins files in this folder; run it in the flake's folder"
    assert script("one") == (1, [expected])
    assert script() == (1, [expected])


APP = """{
  outputs = _: {
    packages.x86_64-linux = {
      default.debian = { input = "hash"; packages = [ "libpq5" ]; };
      nothing.debian = { input = "hash"; packages = [ ]; };
      other.debian = "another's";
      plain = { };
    };
  };
}"""


def app(script: Script) -> None:
    """Turn the folder into that of an app, whose flake has no pins."""
    shutil.rmtree(script.root / "nix")
    (script.root / "flake.nix").write_text(APP)


def test_an_app_without_pins(script: Script) -> None:
    app(script)
    url = "https://a.invalid/debian"
    before = {path.name for path in script.root.iterdir()}
    assert script("--debian-mirror", url) == (5, [])
    (line,) = script.log()
    mirrors = f"--mirror debian {url}/ --mirror debian-security https://a.invalid/debian-security/"
    start = f"{script.root}/flake/nix/pins/update_app.py {mirrors} "
    assert line.startswith(start)
    assert (script.root / "requests").read_text() == "{}"
    assert {path.name for path in script.root.iterdir()} == before | {"proxies", "requests", "scratch"}


def test_what_an_app_asks_for_is_read_from_its_flake(script: Script) -> None:
    nix = shutil.which("nix")
    if nix is None:
        pytest.skip("needs nix")
    app(script)
    assert script("--debian-mirror", "https://a.invalid/debian", REAL_NIX=nix) == (5, [])
    asked = json.loads((script.root / "requests").read_text())
    assert asked == {"default": {"input": "hash", "packages": ["libpq5"]}}


def test_an_app_that_cannot_be_read(script: Script) -> None:
    app(script)
    (script.root / "broken-app").touch()
    assert script("--debian-mirror", "https://a.invalid/debian") == (1, ["update: flake.nix: it is broken"])
    assert script.log() == []


def test_an_app_has_no_pins_to_name(script: Script) -> None:
    """Such as those that the error of a file of the image names."""
    app(script)
    fix = "give no name, and get newer images with: nix flake update"
    expected = [f"update: trixie: the flake in this folder has no pins; {fix}"]
    assert script("trixie", "--debian-mirror", "https://a.invalid/debian") == (1, expected)
    assert script.log() == []


def test_a_machine_without_apt(script: Script) -> None:
    tools = script.root / "tools"
    tools.mkdir()
    for tool in ("cat", "dirname", "find", "grep", "head", "mktemp", "rm", "sed", "sort", "tr"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    (script.root / "bin/apt-get").unlink()
    outcome = script("one", "--debian-mirror", "https://a.invalid/debian", PATH=f"{script.root}/bin:{tools}")
    assert outcome == (1, ["update: apt-get: not on PATH; run this on Debian"])


def test_a_failure_of_nix_ends_it(script: Script) -> None:
    (script.root / "broken").touch()
    assert script("one", "--debian-mirror", "https://a.invalid/debian") == (1, ["update: bootstrap: it is broken"])
    assert script.log() == []
