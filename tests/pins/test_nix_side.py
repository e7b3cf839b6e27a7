"""What Nix reads of a lock, and that it refuses one that does not fit its pins file."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lock import Lock, Package, content_hash, render

NIX = Path(__file__).parents[2] / "nix" / "pins" / "default.nix"
PINS = """
suite = "stable"
[archives]
debian = ["stable"]
[layers.one]
packages = ["libc"]
"""
INPUT = {"archives": {"debian": ["stable"]}, "layers": {"one": {"packages": ["libc"]}}}
ONLY = {"amd64": ["grub"], "arm64": ["dtb"]}
LIBC = Package(
    name="libc",
    version="1:2~rc+1",
    architecture="all",
    archive="debian",
    path="pool/l/libc.deb",
    sha256="0" * 64,
    size=3,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of nix/pins with the pins file made-up.toml and its lock."""
    if shutil.which("nix-instantiate") is None:
        pytest.skip("needs nix-instantiate")
    lock = Lock(created=7, input=content_hash(INPUT), layers={"amd64": {"one": [LIBC], "two": []}})
    for file in (NIX, NIX.with_name("forms.nix")):
        shutil.copy(file, tmp_path)
    (tmp_path / "made-up.toml").write_text(PINS)
    (tmp_path / "made-up.lock.json").write_text(render(lock))
    return tmp_path


def evaluate(folder: Path, name: str = "made-up") -> "subprocess.CompletedProcess[str]":
    expression = f'(import {folder} {{ fetch.fetchDeb = package: "${{package.pins}} ${{package.sha256}}"; }}).{name}'
    command = ["nix-instantiate", "--eval", "--strict", "--json", "--expr", expression]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def value(folder: Path) -> Any:
    done = evaluate(folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_is_for_one_architecture_alone(folder: Path) -> None:
    """The lock tells what each architecture has; whoever asks what was wanted is told of all."""
    pins = PINS + 'only.amd64 = ["grub"]\nonly.arm64 = ["dtb"]\n'
    asked = {"archives": INPUT["archives"], "layers": {"one": {"packages": ["libc"], "only": ONLY}}}
    (folder / "made-up.toml").write_text(f"rolling = true\n{pins}")
    (folder / "made-up.lock.json").write_text(render(Lock(created=7, input=content_hash(asked), layers={})))
    read = value(folder)
    assert read["wanted"] == {"one": ["libc", "grub", "dtb"]} and read["rolling"]
    for wrong in ('only.amd64 = "grub"', 'only.amd64 = ["-grub"]', "only = []"):
        (folder / "made-up.toml").write_text(f"{PINS}{wrong}\n")
        assert "pins: made-up.toml: layers: not of its form; " in evaluate(folder).stderr


def test_a_lock_as_lists_of_fetched_packages(folder: Path) -> None:
    assert value(folder) == {
        "suite": "stable",
        "python": None,
        "final": False,
        "rolling": False,
        "created": 7,
        "wanted": {"one": ["libc"]},
        "layers": {"amd64": {"one": [LIBC | {"file": f"made-up {LIBC['sha256']}"}], "two": []}},
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("made-up.lock.json", "2~rc+1", "2", "made-up.lock.json: edited by hand"),
        ("made-up.lock.json", '"created": 7', '"created": 8', "made-up.lock.json: edited by hand"),
        ("made-up.toml", '["libc"]', '["libc", "dash"]', "made-up.lock.json: older than made-up.toml"),
    ],
)
def test_a_lock_that_does_not_fit_is_refused(folder: Path, file: str, old: str, new: str, reason: str) -> None:
    replace(folder / file, old, new)
    done = evaluate(folder)
    assert done.returncode != 0
    assert f"pins: {reason}; run: nix run .#update -- made-up" in done.stderr


@pytest.mark.parametrize("is_there", [False, True])
def test_what_decides_the_names_of_outputs_needs_no_lock_that_fits(folder: Path, is_there: bool) -> None:
    """Else, `nix run .#update` could not be run to make one."""
    (folder / "made-up.toml").write_text(f'python = "3.13"\n{PINS}only.amd64 = ["grub"]\n')
    if not is_there:
        (folder / "made-up.lock.json").unlink()
        line = "pins: made-up.lock.json: there is none; run: nix run .#update -- made-up"
        assert line in evaluate(folder, "made-up.created").stderr
    assert json.loads(evaluate(folder, "made-up.python").stdout) == "3.13"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "-oDir::Etc=/x"),
        ("name", "libc\n"),
        ("version", "1 2"),
        ("path", "../libc.deb"),
        ("path", "pool/l/li bc.deb"),
        ("sha256", "0" * 64 + "\n"),
        ("sha256", "1" * 500_000),
        ("archive", "debian\x1b"),
        ("size", "3"),
    ],
)
def test_a_word_without_its_form_is_refused(folder: Path, field: str, value: Any) -> None:
    """Although the checksum is right: whoever edits a lock can make it, too."""
    package: Any = LIBC | {field: value}
    lock = Lock(created=7, input=content_hash(INPUT), layers={"amd64": {"one": [package]}})
    (folder / "made-up.lock.json").write_text(render(lock))
    done = evaluate(folder)
    assert done.returncode != 0
    (line,) = (line.strip() for line in done.stderr.splitlines() if "error: " in line)
    assert line == (
        f"error: pins: made-up.lock.json: a package's {field}: not of its form; run: nix run .#update -- made-up"
    )


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('packages = ["libc"]', 'packages = "libc"', "layers"),
        ('packages = ["libc"]', 'packages = ["libc", "-oDir::Etc=/x"]', "layers"),
        ('packages = ["libc"]', "", "layers"),
        ('debian = ["stable"]', 'debian = ["stable main\\ndeb [trusted=yes]"]', "archives"),
        ('debian = ["stable"]', 'debian = ["stable [trusted=yes]"]', "archives"),
        ('suite = "stable"', 'suite = "stable [arch=amd64]"', "suite"),
        ('suite = "stable"', "suite = 1", "suite"),
        ('suite = "stable"', 'suite = "stable"\nfinal = "no"', "final"),
        ('suite = "stable"', "", "suite"),
    ],
)
def test_a_pins_file_without_its_form_is_refused(folder: Path, old: str, new: str, field: str) -> None:
    replace(folder / "made-up.toml", old, new)
    done = evaluate(folder)
    assert done.returncode != 0
    assert f"pins: made-up.toml: {field}: not of its form; nix run .#update -- made-up says what to mend" in done.stderr


def test_the_pins_of_the_program_itself(folder: Path) -> None:
    """It runs on the bootstrap pins, so it can't be asked to mend them by the very flake that has them."""
    for suffix in ("toml", "lock.json"):
        (folder / f"made-up.{suffix}").rename(folder / f"bootstrap.{suffix}")
    replace(folder / "bootstrap.toml", '["libc"]', '["libc", "dash"]')
    done = evaluate(folder, "bootstrap")
    assert done.returncode != 0
    assert "older than bootstrap.toml; run: nix run '.?ref=HEAD#update' -- bootstrap" in done.stderr


def test_the_form_of_a_lock_is_free(folder: Path) -> None:
    """The checksum is of the content: a merge or a formatter may break the lines elsewhere."""
    before = value(folder)
    lock = folder / "made-up.lock.json"
    lock.write_text(json.dumps(json.loads(lock.read_text()), indent=4))
    assert value(folder) == before
