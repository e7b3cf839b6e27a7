"""`update`: apt resolves what a pins file asks for, from archives whose signatures hold."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from made_up_archive import Archive, Update, package

HEAD = 'suite = "made-up"\n[archives]\ndebian = ["stable"]\n'
LAYERED = f"""{HEAD}
[layers.base]
essential = true
packages = ["netbase"]
[layers.python]
over = "base"
packages = ["python"]
[layers.tools]
over = "python"
packages = ["gcc", "netbase"]
[layers.minimal]
exact = true
packages = ["python"]
"""
STABLE = [
    package("libc"),
    package("dash", essential="yes", pre_depends="libc"),
    package("netbase", recommends="perl"),
    package("libssl", "1:3.0~rc+1-2"),
    package("python", depends="libc, libssl, mime"),
    package("media-types", provides="mime"),
    package("gcc", depends="libc, binutils"),
    package("binutils"),
    package("perl"),
]


@pytest.fixture
def stable(archive: Archive) -> Archive:
    archive.publish("stable", STABLE)
    return archive


def lock(pins: Path) -> Any:
    return json.loads(pins.with_suffix(".lock.json").read_text())


def layers(pins: Path) -> dict[str, list[str]]:
    return {name: [package["name"] for package in packages] for name, packages in lock(pins)["layers"]["amd64"].items()}


def test_each_layer_holds_what_it_adds(stable: Archive, pins: Path, run_update: Update) -> None:
    pins.write_text(LAYERED)
    assert run_update("made-up", debian=stable.url) == ""
    assert layers(pins) == {
        "base": ["dash", "libc", "netbase"],
        "python": ["libssl", "media-types", "python"],
        "tools": ["binutils", "gcc"],
        "minimal": ["python"],
    }


def test_a_layer_is_resolved_with_those_below_it(archive: Archive, pins: Path, run_update: Update) -> None:
    """What stands below decides between alternatives."""
    archive.publish("stable", [package("awk", depends="gawk | mawk"), package("mawk"), package("gawk")])
    below = f'{HEAD}[layers.below]\npackages = ["mawk"]\n[layers.above]\npackages = ["awk"]\n'
    pins.write_text(f'{below}over = "below"\n')
    assert run_update("made-up", debian=archive.url) == ""
    assert layers(pins) == {"below": ["mawk"], "above": ["awk"]}
    pins.write_text(below)
    assert run_update("made-up", debian=archive.url) == ""
    assert layers(pins) == {"below": ["mawk"], "above": ["awk", "gawk"]}


def test_the_lock_says_where_each_file_is(stable: Archive, pins: Path, run_update: Update) -> None:
    pins.write_text(f'{HEAD}[layers.one]\npackages = ["libssl"]\n')
    assert run_update("made-up", debian=f"{stable.url}/") == ""
    file = "libssl_3.0~rc+1-2_all.deb"
    assert lock(pins)["layers"]["amd64"]["one"] == [
        {
            "name": "libssl",
            "version": "1:3.0~rc+1-2",
            "architecture": "all",
            "archive": "debian",
            "path": f"pool/main/l/libssl/{file}",
            "sha256": hashlib.sha256(file.encode()).hexdigest(),
            "size": len(file),
        }
    ]


def test_the_newest_version_of_all_archives(stable: Archive, pins: Path, run_update: Update) -> None:
    security = Archive(stable.root.with_name("debian-security"), stable.signer)
    security.publish("stable-security", [package("libc", "1+fix")], date="Sun, 10 Aug 2025 10:00:00 UTC")
    text = HEAD + 'debian-security = ["stable-security"]\n[layers.one]\npackages = ["dash"]\n'
    pins.write_text(text)
    assert run_update("made-up", debian=stable.url, debian_security=security.url) == ""
    dash, libc = lock(pins)["layers"]["amd64"]["one"]
    assert (dash["archive"], libc["archive"], libc["version"]) == ("debian", "debian-security", "1+fix")
    assert lock(pins)["created"] == datetime.fromisoformat("2025-08-10T10:00:00Z").timestamp()


def test_a_second_run_writes_the_same(stable: Archive, pins: Path, run_update: Update) -> None:
    pins.write_text(LAYERED)
    run_update("made-up", debian=stable.url)
    first = pins.with_suffix(".lock.json").read_bytes()
    stable.publish("stable", STABLE[::-1])
    run_update("made-up", debian=stable.url)
    assert pins.with_suffix(".lock.json").read_bytes() == first
    assert {path.name for path in pins.parent.iterdir()} == {"made-up.toml", "made-up.lock.json"}


def break_signature(archive: Archive) -> None:
    inrelease = archive.release("stable").with_name("InRelease")
    inrelease.write_text(inrelease.read_text().replace("Origin: Made-up", "Origin: Another"))


def remove_signature(archive: Archive) -> None:
    archive.release("stable").with_name("InRelease").unlink()


def change_index(archive: Archive) -> None:
    index = archive.release("stable").with_name("main") / "binary-amd64" / "Packages"
    index.write_text(index.read_text().replace("Size: 1", "Size: 2"))


def remove_suite(archive: Archive) -> None:
    remove_signature(archive)
    archive.release("stable").unlink()


@pytest.mark.parametrize("spoil", [break_signature, remove_signature, change_index, remove_suite])
def test_a_spoilt_archive_is_refused(stable: Archive, pins: Path, run_update: Update, spoil: Any) -> None:
    pins.write_text(LAYERED)
    run_update("made-up", debian=stable.url)
    before = pins.with_suffix(".lock.json").read_bytes()
    spoil(stable)
    error = run_update("made-up", debian=stable.url)
    assert error.startswith("update: made-up: apt: ") and "--debian-mirror" in error and "\n" not in error
    assert pins.with_suffix(".lock.json").read_bytes() == before
    assert {path.name for path in pins.parent.iterdir()} == {"made-up.toml", "made-up.lock.json"}


@pytest.mark.usefixtures("archive")
def test_a_mirror_that_cannot_be_reached(pins: Path, run_update: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    pins.write_text(LAYERED)
    error = run_update("made-up", debian="http://127.0.0.1:1/debian")
    assert error.startswith("update: made-up: apt: ") and "--debian-mirror" in error and "\n" not in error


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'{HEAD}[layers.one]\npackages = ["nope"]\n', "nope"),
        (f'{HEAD}[layers.one]\nexact = true\npackages = ["nope"]\n', "nope"),
        (f'{HEAD}[layers.one]\npackages = ["mime"]\n', "mime"),
        (f'{HEAD}[layers.one]\nover = "two"\npackages = ["libc"]\n', "layer one: over: no layer two"),
    ],
)
def test_pins_that_cannot_be_met(stable: Archive, pins: Path, run_update: Update, text: str, reason: str) -> None:
    pins.write_text(text)
    error = run_update("made-up", debian=stable.url)
    assert error.startswith("update: made-up: ") and reason in error and "; " in error and "\n" not in error
    assert [path.name for path in pins.parent.iterdir()] == ["made-up.toml"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{HEAD}[layers.one]\n", "layers.one.packages: missing"),
        (HEAD, "layers: missing"),
        (HEAD.replace("debian =", "ubuntu =") + "[layers]\n", "archives: ubuntu: not one of debian"),
        (HEAD + "[layers.one\n", "not valid TOML"),
        ("\xff", "not valid TOML"),
    ],
)
def test_pins_that_are_wrong_by_themselves(pins: Path, run_update: Update, text: str, reason: str) -> None:
    pins.write_text(text, encoding="latin-1")
    error = run_update("made-up", debian="file:///nonexistent")
    assert error.startswith(f"update: made-up: {reason}") and "; " in error and "\n" not in error
    assert [path.name for path in pins.parent.iterdir()] == ["made-up.toml"]


def test_the_machine_has_no_say(
    stable: Archive, pins: Path, run_update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own apt would take the sources of /etc/apt, its installed packages and its recommendations."""
    configuration = stable.root / "apt.conf"
    configuration.write_text('APT::Install-Recommends "true"; Dir::State::status "/nonexistent";')
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    pins.write_text(f'{HEAD}[layers.one]\npackages = ["netbase"]\n')
    assert run_update("made-up", debian=stable.url) == ""
    assert layers(pins) == {"one": ["netbase"]}


def test_an_unknown_name(pins: Path, run_update: Update) -> None:
    assert run_update("nope", debian="file:///nonexistent").startswith(
        "update: nope: there is no nix/pins/nope.toml here; "
    )
    assert list(pins.parent.iterdir()) == []


def test_a_lock_that_cannot_be_written(stable: Archive, pins: Path, run_update: Update) -> None:
    pins.write_text(LAYERED)
    pins.with_suffix(".lock.json").mkdir()
    error = run_update("made-up", debian=stable.url)
    assert error.startswith("update: made-up: nix/pins/made-up.lock.") and "\n" not in error
    assert {path.name for path in pins.parent.iterdir()} == {"made-up.toml", "made-up.lock.json"}
