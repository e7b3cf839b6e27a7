"""The program that resolves what the images of an app add: over which packages, into which lock, and what it tells."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import additions_lock
import update_app
from lock import content_hash
from made_up_archive import Archive, Outcome, package

STABLE = [
    package("libc", "2", section="libs"),
    package("libssl", "3.0", section="libs", provides="libssl-abi (= 3)"),
    package("libssl-dev", "3.0", depends="libssl (= 3.0)"),
    package("debconf", priority="important", section="admin", depends="perl-base"),
    package("perl-base", "5", essential="yes", priority="required", section="perl"),
    package("perl", "5", depends="perl-base (= 5), libgmp"),
    package("libgmp", priority="required", section="libs"),
    package("libldap", depends="libc (>= 2), libgmp", section="libs"),
    package("libpq5", "17", depends="libldap, libssl (>= 3), debconf", section="libs"),
    package("psql", "17", depends="libpq5, perl"),
    package("rival", conflicts="libssl"),
    package("libcurl4t64", provides="libcurl4"),
]
Run = Callable[..., Outcome]


def request(*packages: str, image: str = "stable-slim", installed: Any = None, omitted: Any = None) -> dict[str, Any]:
    """What one image of an app asks for. By default, it has libc and libssl, and omits nothing."""
    asked = {
        "image": image,
        "packages": sorted(packages),
        "archives": {"debian": ["stable"]},
        "installed": {"amd64": installed or {"libc": "2", "libssl": "3.0"}},
        "omitted": {"amd64": omitted or {}},
    }
    return asked | {"input": content_hash(asked), "created": 1_750_000_000}


MINIMAL: dict[str, Any] = {
    "image": "stable-minimal",
    "installed": {"libc": "2", "libssl": "3.0"},
    "omitted": {"debconf": "1", "perl-base": "5", "libgmp": "1"},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The app's folder, which is the working directory."""
    folder = tmp_path / "app"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(archive: Archive, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """run(request, worker=request) -> the outcome for a flake with these packages; the first is called default."""
    archive.publish("stable", STABLE)

    def run(default: Any = None, **others: Any) -> Outcome:
        requests = tmp_path / "requests"
        requests.write_text(json.dumps(others if default is None else {"default": default, **others}))
        status = update_app.main(["--mirror", "debian", archive.url, str(requests)])
        printed = capfd.readouterr()
        return Outcome(status, printed.out.splitlines(), printed.err.splitlines())

    handler = signal.getsignal(signal.SIGTERM)
    yield run
    signal.signal(signal.SIGTERM, handler)


def locked(folder: Path) -> dict[str, list[str]]:
    """The names of the packages in the lock, by what was asked for."""
    images = additions_lock.read(folder / "debian.lock.json")
    assert images is not None
    return {key: [package["name"] for package in answer["packages"]["amd64"]] for key, answer in images.items()}


def test_a_first_lock_holds_what_the_image_lacks(run: Run, folder: Path) -> None:
    status, lines, errors = run(request("libpq5"))
    assert (status, errors) == (0, [])
    assert lines[0] == "debian.lock.json: the lock is written anew, since there was none"
    assert lines[1].startswith("  stable-slim: libpq5 (amd64): 5 packages, ")
    assert lines[2:] == [
        "  git add debian.lock.json, since Nix sees only what git tracks",
        "  rebuild: nix run .#fetch && nix build",
    ]
    assert locked(folder) == {"stable-slim: libpq5": ["debconf", "libgmp", "libldap", "libpq5", "perl-base"]}
    assert [path.name for path in folder.iterdir()] == ["debian.lock.json"]


def test_a_minimal_image_gets_libraries_but_nothing_for_maintainer_scripts(run: Run, folder: Path) -> None:
    run(request("libpq5", **MINIMAL), worker=request("psql", **MINIMAL), shy=request("debconf", **MINIMAL))
    assert locked(folder) == {
        "stable-minimal: libpq5": ["libgmp", "libldap", "libpq5"],
        # A program in Perl gets its interpreter, too.
        "stable-minimal: psql": ["libgmp", "libldap", "libpq5", "perl", "perl-base", "psql"],
        "stable-minimal: debconf": ["debconf", "perl-base"],
    }


def test_what_the_image_has_stays_in_its_version(run: Run, archive: Archive, folder: Path) -> None:
    archive.publish("stable", [*STABLE, package("libssl", "3.1", section="libs"), package("libc", "2.1")])
    assert run(request("libpq5", "libssl")).status == 0
    assert locked(folder) == {"stable-slim: libpq5 libssl": ["debconf", "libgmp", "libldap", "libpq5", "perl-base"]}


def test_pins_that_are_behind_are_named(run: Run, archive: Archive, folder: Path) -> None:
    """Debian's -dev packages want their library in the very version, which the image lacks."""
    newer = [package("libssl", "3.1"), package("libssl-dev", "3.1", depends="libssl (= 3.1)"), package("libc", "2.1")]
    archive.publish("stable", [*(old for old in STABLE if not old["Package"].startswith("libssl")), *newer])
    assert run(request("libssl-dev")) == (
        1,
        [],
        [
            "update: libssl-dev: needs newer packages than stable-slim has: libssl 3.0 (now 3.1); "
            "run nix flake update, which brings newer images, or give a snapshot of 2025-06-15 by --debian-mirror URL"
        ],
    )
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("packages", "reason"),
    [
        (["libpq"], "libpq: no package of stable has this name (similar: libpq5); mend `debian` in flake.nix"),
        (["nothing-like-it"], "nothing-like-it: no package of stable has this name; mend `debian` in flake.nix"),
        # apt has meanings of its own for these words.
        (
            ["libssl-"],
            "libssl-: no package of stable has this name (similar: libssl, libssl-dev); mend `debian` in flake.nix",
        ),
        (["libss."], "libss.: no package of stable has this name (similar: libssl); mend `debian` in flake.nix"),
        (
            ["libcurl4"],
            "libcurl4: apt chose another package for this name: libcurl4t64; name that one in `debian`",
        ),
    ],
)
def test_a_name_that_is_not_to_be_had(run: Run, folder: Path, packages: list[str], reason: str) -> None:
    assert run(request(*packages)) == (1, [], [f"update: {reason}"])
    assert not list(folder.iterdir())


def test_what_would_remove_a_package_of_the_image(run: Run, folder: Path) -> None:
    status, lines, (error,) = run(request("rival"))
    assert (status, lines) == (1, [])
    assert "REMOVED: libssl" in error and error.endswith("; mend `debian` in flake.nix")
    assert not list(folder.iterdir())


def test_a_lock_that_fits_stays(run: Run, archive: Archive, folder: Path) -> None:
    run(request("libpq5"))
    lock = folder / "debian.lock.json"
    before = lock.read_bytes().replace(b"  ", b"\t")
    lock.write_bytes(before)
    archive.publish("stable", [*STABLE[::-1], package("other")], date="Sun, 10 Aug 2025 10:00:00 UTC")
    assert run(request("libpq5")) == (0, ["debian.lock.json: nothing changed"], [])
    assert lock.read_bytes() == before


def test_what_changed(run: Run, archive: Archive, folder: Path) -> None:
    run(request("libpq5"))
    newer = [package("libldap", "1.1", depends="libc (>= 2), libgmp, tz"), package("tz")]
    archive.publish("stable", [*STABLE, *newer])
    assert run(request("libpq5")).lines == [
        "debian.lock.json: changed",
        "  stable-slim: libpq5 (amd64)",
        "    libldap 1 → 1.1",
        "    added: tz 1",
        "  rebuild: nix run .#fetch && nix build",
    ]
    # A longer list is compared with the one before.
    assert run(request("libpq5", "psql")).lines == [
        "debian.lock.json: the lock is written anew, since the flake asks for something else now",
        "  stable-slim: libpq5 psql (amd64)",
        "    added: perl 5, psql 17",
        "  rebuild: nix run .#fetch && nix build",
    ]
    assert run(request("libpq5", "psql", installed={"libc": "2", "libssl": "3.0", "tz": "1"})).lines == [
        "debian.lock.json: the lock is written anew, since the packages of the images are others now",
        "  stable-slim: libpq5 psql (amd64)",
        "    removed: tz 1",
        "  rebuild: nix run .#fetch && nix build",
    ]


def test_a_lock_that_was_edited_is_written_anew(run: Run, folder: Path) -> None:
    run(request("libpq5"))
    lock = folder / "debian.lock.json"
    before = lock.read_bytes()
    for spoilt in (before.replace(b'"17"', b'"18"'), b"<<<<<<< HEAD\n" + before, b"", b"[]"):
        lock.write_bytes(spoilt)
        lines = run(request("libpq5")).lines
        assert lines[0] == "debian.lock.json: the lock is written anew, since it was edited by hand"
        assert lines[-1] == "  rebuild: nix run .#fetch && nix build"
        assert lock.read_bytes() == before


def test_images_of_one_flake_share_a_lock(run: Run, folder: Path) -> None:
    one, other = request("libpq5"), request("psql", image="stable-full")
    # The same image by two names is one.
    lines = run(one, app=one, worker=other).lines
    assert lines[-1] == "  rebuild: nix run .#fetch && nix build .#default .#worker"
    assert locked(folder).keys() == {"stable-slim: libpq5", "stable-full: psql"}
    run(one)
    assert locked(folder).keys() == {"stable-slim: libpq5"}


def test_a_flake_that_asks_for_nothing(run: Run, folder: Path) -> None:
    line = "debian.lock.json: nothing to resolve, since no image of this flake names Debian packages"
    assert run() == (0, [line], [])
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("packages", ["-oDir::Etc=/x"]),
        ("packages", "libpq5"),
        ("image", "stable"),
        ("archives", {"debian": ["stable main\ndeb [trusted=yes] file:/x"]}),
        ("archives", {"other": ["stable"]}),
        ("installed", {"amd64": {"libc": "2\nPackage: x"}}),
        ("omitted", {"amd64\n": {}}),
        ("input", "x"),
        ("created", "today"),
    ],
)
def test_what_mk_app_image_does_not_make(run: Run, folder: Path, field: str, value: Any) -> None:
    """Such as the attribute `debian` of a package that has nothing to do with it."""
    problem = "its `debian` is not what mkAppImage makes; leave that attribute to it"
    outcome = run(request("libpq5") | {field: value})
    assert outcome == (1, [], [f"update: flake.nix: package default: {problem}"])
    assert not list(folder.iterdir())


def test_a_lock_that_cannot_be_written(run: Run, folder: Path) -> None:
    (folder / "debian.lock.json").mkdir()
    fix = "make sure that it can be read and written, and that there is space"
    assert run(request("libpq5")) == (1, [], [f"update: debian.lock.json: Is a directory; {fix}"])
    assert [path.name for path in folder.iterdir()] == ["debian.lock.json"]
