"""What Nix makes of an app's lock, and that it refuses one that does not answer what the app asks for."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import additions
import additions_lock
from additions_lock import Answer
from lock import Package

NIX = Path(__file__).parents[2] / "nix" / "pins"
TOML = 'archives = { debian = ["stable"] }'
PINS = """{
  stable = {
    created = 7;
    layers.amd64 = {
      base = [ { name = "dash"; version = "1"; } { name = "libc"; version = "2"; } ];
      python = [ { name = "python3"; version = "3"; } ];
      minimal = [ { name = "libc"; version = "2"; } ];
    };
  };
}"""
PQ = Package(
    name="libpq5",
    version="17",
    architecture="amd64",
    archive="debian",
    path="pool/libpq5.deb",
    sha256="0" * 64,
    size=3,
)


class App:
    """An app whose image stands on made-up pins."""

    def __init__(self, folder: Path) -> None:
        self.lock = folder / "app" / "debian.lock.json"
        self.lock.parent.mkdir()
        self._pins = folder / "pins"
        self._pins.mkdir()
        for file in ("additions.nix", "forms.nix"):
            shutil.copy(NIX / file, self._pins)
        (self._pins / "stable.toml").write_text(TOML)

    def evaluate(
        self, part: str, packages: str, more: str = "", pins: str = PINS
    ) -> "subprocess.CompletedProcess[str]":
        expression = f"""
          (import {self._pins}/additions.nix {{
            pins = {pins};
            fetch.fetchDeb = package: "fetched ${{package.sha256}} ${{package.pins}}";
          }} ({{
            name = "stable";
            variant = "slim";
            over = [ "base" "python" ];
            packages = {packages};
            lockFile = {self.lock};
          }} // {{ {more} }})).{part}
        """
        command = ["nix-instantiate", "--eval", "--strict", "--json", "--expr", expression]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def value(self, part: str, packages: str = '[ "libpq5" ]', more: str = "") -> Any:
        done = self.evaluate(part, packages, more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def error(self, packages: str = '[ "libpq5" ]', **changes: str) -> str:
        """The one line that Nix ends with."""
        done = self.evaluate("debs", packages, **changes)
        assert done.returncode != 0
        (line,) = (line.strip() for line in done.stderr.splitlines() if line.strip().startswith("error: "))
        return line.removeprefix("error: ")

    def write_lock(self, package: Any = PQ) -> None:
        """The lock as `update` writes it for libpq5."""
        asked = additions.read(self.value("request"))
        answer = Answer(input=asked.input, packages={"amd64": [package]})
        additions_lock.write(self.lock, {asked.key: answer})


@pytest.fixture
def app(tmp_path: Path) -> App:
    if shutil.which("nix-instantiate") is None:
        pytest.skip("needs nix-instantiate")
    return App(tmp_path)


def test_what_is_asked_needs_no_lock(app: App) -> None:
    asked = additions.read(app.value("request", '[ "libpq5" "ffmpeg" "libpq5" ]'))
    assert (asked.image, asked.packages, asked.created) == ("stable-slim", ["ffmpeg", "libpq5"], 7)
    assert asked.archives == {"debian": ["stable"]}
    assert asked.installed == {"amd64": {"dash": "1", "libc": "2", "python3": "3"}}
    assert asked.omitted == {"amd64": {}}


def test_what_an_image_does_without(app: App) -> None:
    more = 'variant = "minimal"; over = [ "minimal" ]; instead = [ "base" ];'
    asked = additions.read(app.value("request", more=more))
    assert (asked.image, asked.installed) == ("stable-minimal", {"amd64": {"libc": "2"}})
    assert asked.omitted == {"amd64": {"dash": "1"}}


def test_the_files_of_a_lock(app: App) -> None:
    app.write_lock()
    assert app.value("debs") == {"amd64": [PQ | {"file": f"fetched {PQ['sha256']} "}]}
    # However it is laid out.
    app.lock.write_text(json.dumps(json.loads(app.lock.read_text()), indent=8))
    assert app.value("debs", '[ "libpq5" "libpq5" ]')["amd64"][0]["name"] == "libpq5"


def test_a_lock_that_does_not_fit_is_refused(app: App) -> None:
    fix = "; run: nix run .#update"
    assert app.error() == f"debian: debian.lock.json: not there, or not tracked by git{fix}"
    app.write_lock()
    text = app.lock.read_text()
    assert app.error('[ "ffmpeg" ]') == f"debian: debian.lock.json: does not have stable-slim: ffmpeg{fix}"
    newer = PINS.replace('"2"', '"2.1"')
    assert app.error(pins=newer) == f"debian: debian.lock.json: older than the packages of stable-slim{fix}"
    app.lock.write_text(text.replace('"17"', '"18"'))
    assert app.error() == f"debian: debian.lock.json: edited by hand{fix}"
    app.lock.write_text(text.replace("{", "{\n<<<<<<< HEAD", 1))
    assert app.error() == f"debian: debian.lock.json: holds a merge conflict{fix}"
    app.lock.write_text("[]")
    assert app.error() == f"debian: debian.lock.json: edited by hand{fix}"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "-oDir::Etc=/x"), ("path", "../libc.deb"), ("sha256", "0"), ("size", "3"), ("archive", "debian\x1b")],
)
def test_a_word_without_its_form_is_refused(app: App, field: str, value: Any) -> None:
    """Although the checksum is right: whoever edits a lock by hand can make it, too."""
    app.write_lock(PQ | {field: value})
    problem = f"a package's {field}: not of its form"
    assert app.error() == f"debian: debian.lock.json: {problem}; run: nix run .#update"


@pytest.mark.parametrize("package", ["LibPQ", "libpq5=17", "libpq5:amd64", "-y", "lib pq5", ""])
def test_what_is_no_name_of_a_package(app: App, package: str) -> None:
    reason = "not the name of a Debian package; mend `debian` in flake.nix"
    assert app.error(f'[ "{package}" ]') == f'debian: "{package}": {reason}'


def test_what_is_no_list(app: App) -> None:
    assert app.error('"libpq5"') == 'debian: not a list of names; write debian = [ "libpq5" ]'
