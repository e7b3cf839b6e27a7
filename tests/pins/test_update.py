"""The program `update`: which locks it writes, what it tells, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lock
import update
from made_up_archive import Archive, Update, package

LATER = "Sun, 10 Aug 2025 10:00:00 UTC"
PINS = """
suite = "made-up"
python = "3.9"
[archives]
debian = ["stable"]
[layers.base]
essential = true
packages = ["netbase"]
[layers.python]
over = "base"
packages = ["python"]
"""
STABLE = [
    package("dash", essential="yes"),
    package("netbase"),
    package("libssl", "3.5.1"),
    package("python", depends="libssl"),
]
NEWER = [*STABLE[:2], package("libssl", "3.5.2"), package("python", "2", depends="libssl, tzdata"), package("tzdata")]
NEWS = ["  python (amd64)", "    libssl 3.5.1 → 3.5.2", "    python 1 → 2", "    added: tzdata 1"]


@pytest.fixture
def stable(archive: Archive) -> Archive:
    archive.publish("stable", STABLE)
    return archive


@pytest.fixture
def locked(stable: Archive, pins: Path, run_update: Update) -> Path:
    """The lock of made-up.toml, as old as `stable`."""
    pins.write_text(PINS)
    assert run_update("made-up", debian=stable.url).status == 0
    return pins.with_suffix(".lock.json")


def indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def test_a_first_lock(stable: Archive, pins: Path, run_update: Update) -> None:
    pins.write_text(PINS)
    outcome = run_update("made-up", "--image", "image-py39", "--image", "image-py39-slim", debian=stable.url)
    assert outcome == (
        0,
        ["made-up: the lock is written anew, since there was none", "  rebuild: image-py39, image-py39-slim"],
        [],
    )
    written = lock.read(pins.with_suffix(".lock.json"))
    assert written and [package["name"] for package in written.layers["amd64"]["python"]] == ["libssl", "python"]


def test_what_changed(stable: Archive, locked: Path, run_update: Update) -> None:
    before = lock.read(locked)
    stable.publish("stable", NEWER, date=LATER)
    outcome = run_update("made-up", "--skip-final", debian=stable.url)
    assert outcome == (0, ["made-up: changed", *NEWS, "  rebuild: image-py39"], [])
    after = lock.read(locked)
    assert before and after and after.created - before.created == 24 * 60 * 60


def test_an_archive_with_only_a_new_date_changes_nothing(stable: Archive, locked: Path, run_update: Update) -> None:
    """So that an update by the clock proposes no empty change."""
    before = locked.read_bytes()
    stable.publish("stable", [*STABLE[::-1], package("other")], date=LATER)
    assert run_update("made-up", debian=stable.url) == (0, ["made-up: nothing changed"], [])
    assert locked.read_bytes() == before
    # However its lines are laid out.
    locked.write_bytes(before.replace(b"  ", b"\t"))
    assert run_update("made-up", debian=stable.url) == (0, ["made-up: nothing changed"], [])
    assert locked.read_bytes() == before.replace(b"  ", b"\t")


def test_a_lock_that_was_edited_is_written_anew(stable: Archive, locked: Path, run_update: Update) -> None:
    before = locked.read_bytes()
    locked.write_bytes(before.replace(b"3.5.1", b"3.5.0"))
    assert run_update("made-up", debian=stable.url).lines == [
        "made-up: the lock is written anew, since it was edited by hand",
        "  rebuild: image-py39",
    ]
    assert locked.read_bytes() == before


def test_a_lock_of_another_pins_file_is_written_anew(
    stable: Archive, locked: Path, pins: Path, run_update: Update
) -> None:
    heading = "made-up: the lock is written anew, since the pins file asks for something else now"
    # Here for what is there already ...
    pins.write_text(PINS.replace('"python"]', '"python", "libssl"]'))
    assert run_update("made-up", debian=stable.url).lines == [heading, "  rebuild: image-py39"]
    # ... and here for less.
    pins.write_text(PINS.replace('"python"]', '"libssl"]'))
    assert run_update("made-up", debian=stable.url).lines == [
        heading,
        "  python (amd64)",
        "    removed: python 1",
        "  rebuild: image-py39",
    ]
    assert run_update("made-up", debian=stable.url).lines == ["made-up: nothing changed"]


def test_another_architecture(stable: Archive, locked: Path, run_update: Update) -> None:
    both = ("--architecture", "amd64", "--architecture", "arm64")
    assert run_update("made-up", *both, debian=stable.url).lines == [
        "made-up: the lock is written anew, since the architectures are others now",
        "  base (arm64)",
        "    added: dash 1, netbase 1",
        "  python (arm64)",
        "    added: libssl 3.5.1, python 1",
        "  rebuild: image-py39",
    ]
    assert run_update("made-up", *both, debian=stable.url).lines == ["made-up: nothing changed"]


def test_pins_of_no_image(stable: Archive, locked: Path, pins: Path, run_update: Update) -> None:
    pins.write_text(PINS.replace('python = "3.9"\n', ""))
    stable.publish("stable", NEWER)
    assert run_update("made-up", debian=stable.url).lines == ["made-up: changed", *NEWS, "  rebuild: all checks"]


def test_final_pins_are_skipped_unless_named(stable: Archive, locked: Path, pins: Path, run_update: Update) -> None:
    before = locked.read_bytes()
    pins.write_text(f"final = true\n{PINS}")
    stable.publish("stable", NEWER)
    skipped = "made-up: skipped, since its archives are final; to resolve it all the same, name it"
    assert run_update("made-up", "--skip-final", debian=stable.url) == (0, [skipped], [])
    assert run_update("made-up", "--skip-final", debian="file:///nonexistent") == (0, [skipped], [])
    assert locked.read_bytes() == before
    assert run_update("made-up", debian=stable.url).lines == ["made-up: changed", *NEWS, "  rebuild: image-py39"]


def test_final_pins_without_a_lock_that_fits_are_not_skipped(
    stable: Archive, locked: Path, pins: Path, run_update: Update
) -> None:
    before = locked.read_bytes()
    pins.write_text(f"final = true\n{PINS}")
    locked.unlink()
    assert "there was none" in run_update("made-up", "--skip-final", debian=stable.url).lines[0]
    locked.write_bytes(before.replace(b"3.5.1", b"3.5.0"))
    assert "edited by hand" in run_update("made-up", "--skip-final", debian=stable.url).lines[0]
    assert locked.read_bytes() == before
    pins.write_text(f"final = true\n{PINS.replace('netbase', 'libssl')}")
    assert "something else" in run_update("made-up", "--skip-final", debian=stable.url).lines[0]


def test_what_fails_leaves_the_others_alone(stable: Archive, locked: Path, pins: Path, run_update: Update) -> None:
    before = locked.read_bytes()
    pins.with_name("bad.toml").write_text(PINS.replace('["python"]', '"python"'))
    pins.with_name("worse.toml").write_text(PINS.replace('["python"]', '["nope"]'))
    pins.with_name("good.toml").write_text(PINS)
    stable.publish("stable", NEWER)
    outcome = run_update("bad", "made-up", "worse", "good", debian=stable.url)
    assert outcome.status == 1
    assert [line for line in outcome.lines if not line.startswith(" ")] == [
        "made-up: changed",
        "good: the lock is written anew, since there was none",
    ]
    bad, worse = outcome.errors
    assert bad == ("update: bad: layers.python.packages: 'python' is not a list of strings; mend nix/pins/bad.toml")
    assert worse.startswith("update: worse: apt for amd64: ") and worse.endswith(
        "; mend layers.python of the pins file"
    )
    assert locked.read_bytes() != before
    assert locked.read_bytes() == locked.with_name("good.lock.json").read_bytes()
    assert not list(pins.parent.glob("bad.lock*")) + list(pins.parent.glob("worse.lock*"))


def test_a_failure_leaves_the_lock_as_it_was(stable: Archive, locked: Path, pins: Path, run_update: Update) -> None:
    before = locked.read_bytes()
    stable.release("stable").with_name("InRelease").unlink()
    outcome = run_update("made-up", debian=stable.url)
    assert (outcome.status, outcome.lines, len(outcome.errors)) == (1, [], 1)
    assert locked.read_bytes() == before
    assert {path.name for path in pins.parent.iterdir()} == {"made-up.toml", "made-up.lock.json"}


def test_a_lock_that_cannot_be_written(stable: Archive, pins: Path, run_update: Update) -> None:
    pins.write_text(PINS)
    pins.with_suffix(".lock.json").mkdir()
    fix = "make sure that it can be read and written, and that there is space"
    assert run_update("made-up", debian=stable.url) == (
        1,
        [],
        [f"update: made-up: nix/pins/made-up.lock.json: Is a directory; {fix}"],
    )
    assert {path.name for path in pins.parent.iterdir()} == {"made-up.toml", "made-up.lock.json"}


def test_a_full_disk(stable: Archive, pins: Path, run_update: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error names no file."""

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lock, "write", full)
    pins.write_text(PINS)
    (error,) = run_update("made-up", debian=stable.url).errors
    assert error.startswith("update: made-up: a file: No space left on device; ")


def test_a_machine_without_the_keyring(pins: Path, keyring: Path, run_update: Update) -> None:
    keyring.unlink()
    outcome = run_update("made-up", "other", debian="file:///nonexistent")
    fix = "run: apt-get install debian-archive-keyring"
    assert outcome == (1, [], [f"update: debian-archive-keyring: not installed; {fix}"])


def test_a_signal_ends_apt_and_leaves_nothing(archive: Archive, keyring: Path, pins: Path, tmp_path: Path) -> None:
    pins.write_text(PINS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = f"import pathlib, private_apt, sys, update; private_apt.KEYRINGS = pathlib.Path({str(keyring.parent)!r})"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        mirror = f"http://127.0.0.1:{server.getsockname()[1]}/debian"
        arguments = ["--architecture", "amd64", "--mirror", "debian", mirror, "made-up"]
        process = subprocess.Popen(
            [sys.executable, "-c", f"{program}; sys.exit(update.main(sys.argv[1:]))", *arguments],
            env=os.environ
            | {"PYTHONPATH": str(Path(update.__file__).parent), "TMPDIR": str(scratch), "no_proxy": "127.0.0.1"},
        )
        connection, _ = server.accept()  # by apt, which now waits for the answer
        with connection:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert list(scratch.iterdir()) == []
    assert [path.name for path in pins.parent.iterdir()] == ["made-up.toml"]


def test_a_terminal_sees_what_is_going_on(
    stable: Archive, pins: Path, run_update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins.write_text(PINS)
    assert run_update("made-up", debian=stable.url).errors == []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert run_update("made-up", debian=stable.url).errors == ["update: made-up: reading its archives"]
