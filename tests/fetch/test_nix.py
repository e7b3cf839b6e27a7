"""A small flake with a real Nix and a store of its own, from nothing to a build."""

import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nix_machine import Machine
from pretended import SHELL, Mirror

pytestmark = pytest.mark.slow


@pytest.fixture
def make_machine(tmp_path: Path, mirror: Mirror) -> Callable[[str], Machine]:
    if not shutil.which("nix"):
        pytest.skip("needs Nix")
    return lambda name: Machine(tmp_path / name, mirror)


@pytest.fixture
def machine(make_machine: Callable[[str], Machine]) -> Machine:
    return make_machine("machine")


def test_from_nothing_to_a_build(machine: Machine, temporary: Path) -> None:
    done = machine.fetch("image")
    assert done.returncode == 0, done.stderr
    assert machine.build("image") == "hello\n"
    assert sorted(machine.mirror.requests) == ["/debian/pool/hello~1.deb", "/debian/pool/seed_1.deb"]
    assert list(temporary.iterdir()) == []


def test_a_second_run_asks_for_nothing(machine: Machine) -> None:
    machine.fetch("image")
    machine.mirror.requests.clear()
    done = machine.fetch("image")
    assert (done.returncode, done.stdout, done.stderr, machine.mirror.requests) == (0, "", "", [])


def test_the_word_checks(machine: Machine) -> None:
    assert machine.fetch("checks").returncode == 0
    assert machine.build(f"checks.{machine.system}.b") == "b\n"


def test_a_flake_without_checks_needs_nothing_for_them(machine: Machine) -> None:
    done = machine.fetch(f"path:{machine.use('other')}#checks")
    assert (done.returncode, done.stderr, machine.mirror.requests) == (0, "", [])


def forget(machine: Machine) -> Path:
    """Deletes the file of `image` from the store."""
    (hello,) = (machine.root / "nix/store").glob("*-hello_1.deb")
    machine.run("nix-store", "--delete", str(hello))
    assert not hello.exists()
    return hello


def test_what_is_built_needs_no_file(machine: Machine) -> None:
    machine.fetch("image")
    machine.build("image")
    forget(machine)
    machine.mirror.requests.clear()
    assert machine.fetch("image").returncode == 0
    assert machine.mirror.requests == []


def test_a_changed_file_never_enters_the_store(machine: Machine) -> None:
    machine.mirror.pages["/debian/pool/hello~1.deb"] = b"HELLO\n"
    done = machine.fetch("image")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("fetch: hello_1.deb: sha256 differs: ")
    assert list((machine.root / "nix/store").glob("*-hello_1.deb")) == []


def test_a_seed_that_is_gone(machine: Machine) -> None:
    del machine.mirror.pages["/debian/pool/seed_1.deb"]
    done = machine.fetch("image")
    assert done.returncode == 1
    assert done.stderr == "fetch: seed_1.deb: the mirror no longer has it; run nix run .#update -- bootstrap\n"


def test_a_seed_that_was_changed(machine: Machine) -> None:
    machine.mirror.pages["/debian/pool/seed_1.deb"] = b"other"
    done = machine.fetch("image")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("fetch: seed_1.deb: sha256 differs: ")


def test_an_unknown_target(machine: Machine) -> None:
    done = machine.fetch("image-py27")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "image-py27: no such package; there are image{,-b}, tool; " in done.stderr


def test_a_wrong_flake(machine: Machine) -> None:
    for reference in ("/nowhere#image", "path:~/nowhere#image", "nowhere:x#image", f"{machine.root}#image"):
        done = machine.fetch(reference)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith(f"fetch: {reference}: ")


def test_what_an_app_needs(machine: Machine) -> None:
    assert machine.fetch("fetch", "script").returncode == 0 and machine.mirror.requests == []
    assert machine.fetch("start").returncode == 0
    assert machine.build("image-b") == "b\n"


def test_the_error_of_a_missing_file_names_a_command_that_brings_it(machine: Machine) -> None:
    folder = machine.use("other")
    for target, content in ((".#default", "default hello\n"), (".#own", "own b\n")):
        failed = machine.run("nix", "build", target, folder=folder)
        assert failed.returncode == 1
        named = re.search(
            r"\.deb is not in the store; run: (nix run \.#fetch), or .*: (nix run .*) TARGET'", failed.stderr
        )
        assert named, failed.stderr
        command = named[1].split() if target == ".#default" else [*named[2].split(), target]
        fetched = machine.run(*command, folder=folder)
        assert fetched.returncode == 0, fetched.stderr
        built = machine.run("nix", "build", target, folder=folder)
        assert built.returncode == 0, built.stderr
        assert (folder / "result").read_text() == content


def test_a_name_in_the_folder_of_another_flake_is_one_of_its_own(machine: Machine) -> None:
    folder = machine.use("other")
    fetched = machine.run("nix", "run", ".#fetch", "--", "own", folder=folder)
    assert fetched.returncode == 0, fetched.stderr
    assert machine.run("nix", "build", ".#own", folder=folder).returncode == 0
    assert "/debian/pool/hello~1.deb" not in machine.mirror.requests
    # What it has not may be one of the flake that the program is part of.
    fetched = machine.run("nix", "run", ".#fetch", "--", "image", folder=folder)
    assert fetched.returncode == 0, fetched.stderr
    assert machine.build("image") == "hello\n"
    unknown = machine.run("nix", "run", ".#fetch", "--", "nothing", folder=folder)
    assert unknown.stderr.splitlines()[-1] == "fetch: nothing: no such package; there are default, own"


def test_root_needs_no_build_users(machine: Machine) -> None:
    """As Debian's packages of Nix leave it."""
    settings = machine.environment["NIX_CONFIG"].replace("build-users-group =\n", "")
    machine.environment["NIX_CONFIG"] = settings
    done = machine.fetch("image")
    assert done.returncode == 0, done.stderr
    assert (machine.root / "nix/store").glob("*-hello_1.deb")


def test_the_flake_that_uses_this_one_may_be_an_option(machine: Machine) -> None:
    other = machine.use("other")
    assert machine.fetch("own", "--flake", f"path:{other}").returncode == 0
    assert machine.run("nix", "build", "--no-link", f"path:{other}#own").returncode == 0


def test_a_folder_carries_all_to_another_machine(
    machine: Machine, make_machine: Callable[[str], Machine], tmp_path: Path
) -> None:
    assert machine.fetch("image", "--to", str(tmp_path / "folder")).returncode == 0
    assert {path.name for path in (tmp_path / "folder").iterdir()} == {"hello_1.deb", "seed_1.deb"}
    other = make_machine("other")
    other.mirror.requests.clear()
    done = other.fetch("image", "--from", str(tmp_path / "folder"))
    assert done.returncode == 0, done.stderr
    assert other.build("image") == "hello\n"
    assert other.mirror.requests == []


def test_an_interrupted_download_leaves_nothing(machine: Machine, temporary: Path) -> None:
    machine.fetch("image")
    hello = forget(machine)
    machine.mirror.pages["/debian/pool/hello~1.deb"] = machine.mirror.hang
    machine.mirror.requested.clear()
    command = [*SHELL, str(machine.flake / "nix/fetch/fetch"), "image"]
    process = subprocess.Popen(command, cwd=machine.flake, env=machine.environment)
    assert machine.mirror.requested.wait(600)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert list(temporary.iterdir()) == [] and not hello.exists()
