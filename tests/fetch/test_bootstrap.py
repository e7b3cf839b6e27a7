"""Stage 0: from an empty store to the Python that runs the rest."""

import os
import signal
from pathlib import Path

import pytest

from fetch_script import FetchScript, record
from pretended import SHELL
from test_fetch_script import wait_for_child

POOL = "http:__deb.test_debian_pool_"
DATA = b"\xfd7zXZ\0" + bytes(range(256)) * 3 + b"\n\n"


def ar(*members: tuple[str, bytes]) -> bytes:
    archive = b"!<arch>\n"
    for name, content in members:
        archive += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        archive += content + b"\n" * (len(content) % 2)
    return archive


SEED = ar(("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", DATA))


@pytest.fixture
def empty(tmp_path: Path) -> FetchScript:
    """Nothing is in the store; the mirror has all."""
    script = FetchScript(tmp_path / "fake")
    script.miss("hello_1.deb")
    script.write("inputs", record("seed_1.deb", "5a") + record("libc++_1.deb", "1b"))
    script.write(f"web/{POOL}seed_1.deb", SEED)
    script.write(f"web/{POOL}libc%2B%2B_1.deb", b"libc")
    script.environment["DEBIAN_MIRROR"] = "http://deb.test/debian"
    return script


def test_the_python_is_built_from_the_seed(empty: FetchScript) -> None:
    assert empty.run("image-py39")[0] == 0
    assert (empty.root / "store/seed-tree").read_bytes() == DATA
    assert (empty.root / "store/libc++_1.deb").read_bytes() == b"libc"
    assert empty.read("argv") and empty.leftovers() == []


def test_a_second_run_downloads_nothing_again(empty: FetchScript) -> None:
    empty.run("image-py39")
    downloads = empty.read("downloads")
    assert empty.run("image-py39") == (0, [])
    assert empty.read("downloads") == downloads


def test_the_second_mirror_is_tried(empty: FetchScript) -> None:
    assert empty.run("image-py39", DEBIAN_MIRROR="http://first.test/debian http://deb.test/debian")[0] == 0
    assert "http://first.test/debian/pool/seed_1.deb" in empty.read("downloads")


def test_a_file_that_is_gone(empty: FetchScript) -> None:
    (empty.root / f"web/{POOL}libc%2B%2B_1.deb").unlink()
    status, lines = empty.run("image-py39")
    assert status == 1 and empty.leftovers() == []
    assert lines[-1] == "fetch: libc++_1.deb: the mirror no longer has it; run nix run .#update -- bootstrap"


def test_a_file_that_was_changed(empty: FetchScript) -> None:
    empty.write(f"web/{POOL}seed_1.deb", b"tampered")
    status, lines = empty.run("image-py39")
    (line,) = lines
    assert status == 1
    assert line.startswith("fetch: seed_1.deb: sha256 differs: the mirror or a proxy changed the file")


def test_a_mirror_that_forbids(empty: FetchScript) -> None:
    """Neither its words nor the login are shown."""
    empty.write("web/http:__me:secret@deb.test_debian_pool_seed_1.deb", b"forbidden")
    status, (line,) = empty.run("image-py39", DEBIAN_MIRROR="http://me:secret@deb.test/debian")
    assert status == 1 and line.isprintable()
    assert line.startswith(
        "fetch: seed_1.deb: unable to download 'http://deb.test/debian/pool/seed_1.deb': HTTP error 403"
    )


@pytest.mark.skipif("busybox" in os.path.realpath(SHELL[0]), reason="busybox's shell takes no stand-in for timeout")
def test_a_mirror_that_drips(empty: FetchScript) -> None:
    empty.write("inputs", record("seed_1.deb", "5a", size=90_000))
    empty.write("drips", "")
    status, (line,) = empty.run("image-py39")
    assert status == 1 and line.startswith("fetch: seed_1.deb: the mirror sends less than 1000 bytes a second; check")
    # A minute, and a second for each 1000 bytes.
    assert set(empty.read("timeouts").splitlines()) == {"150"}


@pytest.mark.parametrize(
    ("proxy", "used"),
    [({}, "http://apt.test:3142"), ({"http_proxy": "http://standard.test"}, "http://standard.test")],
)
def test_proxies(empty: FetchScript, proxy: dict[str, str], used: str) -> None:
    empty.write("apt-proxy", "deb_http_proxy='http://apt.test:3142'\n")
    assert empty.run("image-py39", **proxy)[0] == 0
    assert f"http://deb.test/debian/pool/seed_1.deb proxy={used}" in empty.read("downloads").splitlines()


def test_from_a_folder(empty: FetchScript, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "seed_1.deb").write_bytes(SEED)
    status, lines = empty.run("image-py39", "--from", folder)
    assert status == 1
    assert (
        lines[-1] == f"fetch: libc++_1.deb: not in {folder}; write it there with --to on a machine that has a network"
    )
    assert "http" not in "".join(line.split(" ")[0] for line in empty.read("downloads").splitlines())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(empty: FetchScript, number: signal.Signals) -> None:
    empty.write("hang", "")
    process = empty.start("image-py39")
    wait_for_child(empty)
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    assert empty.leftovers() == []
