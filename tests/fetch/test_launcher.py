"""The script that a user starts: what it asks Nix, apt and the user, before any Python runs."""

import os
import signal
import time
from pathlib import Path

import pytest

from launcher import Launcher

APT = "http://deb.test/debian/\nhttp://deb.test/debian/\nhttp://sec.test/debian-security/\nhttp://else.test/tools/\n"


@pytest.fixture
def launcher(tmp_path: Path) -> Launcher:
    return Launcher(tmp_path / "fake")


@pytest.fixture
def ready(launcher: Launcher) -> Launcher:
    """The Python is in the store, one file is missing."""
    launcher.add_python()
    launcher.miss("hello_1.deb")
    launcher.write("apt-mirrors", APT)
    return launcher


def test_nothing_is_done_when_nothing_is_missing(launcher: Launcher) -> None:
    launcher.write("missing", f"this derivation will be built:\n  {launcher.write('target.drv', 'Derive([])')}\n")
    assert launcher.run("image-py39") == (0, [])
    assert not (launcher.root / "argv").exists() and launcher.read("downloads") == "" and launcher.leftovers() == []


def test_the_missing_files_are_left_to_python(ready: Launcher) -> None:
    missing = ready.miss("a_1.deb", "b_1.deb")
    assert ready.run("image-py39", "--jobs", "3") == (0, [])
    argv = ready.read("argv").splitlines()
    assert argv[-2:] == missing and ready.arguments("--jobs") == ["3"] and ready.leftovers() == []
    assert ready.read("environment").startswith(f"TMPDIR={ready.root}/tmp/")


def test_targets(ready: Launcher) -> None:
    assert ready.run("image-py39", "checks.x86_64-linux.unit", "checks", "--flake", "/some/flake")[0] == 0
    (asked,) = (line for line in ready.read("nix-calls").splitlines() if "path-info" in line)
    assert asked.split()[-4:] == [
        "/some/flake#image-py39",
        "/some/flake#checks.x86_64-linux.unit",
        "/some/flake#checks.x86_64-linux.one",
        "/some/flake#checks.x86_64-linux.two",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no target"),
        (["--nonsense"], "--nonsense: unknown option"),
        (["image-py39", "--from"], "--from: a value is missing"),
        (["image-py39", "--from", "/nowhere"], "/nowhere: no such folder"),
        (["image-py39", "--to", "/dev/null/x"], "/dev/null/x: cannot be made"),
        (["image-py39", "--jobs", "many"], "--jobs many: not a number"),
        (["image-py39", "--jobs", "0"], "--jobs 0: not a number"),
        (["broken"], "broken: it is broken"),
    ],
)
def test_a_wrong_command_is_answered_in_one_line(ready: Launcher, arguments: list[str], says: str) -> None:
    status, (line,) = ready.run(*arguments)
    assert status == 1 and line.startswith(f"fetch: {says}") and ready.leftovers() == []


def test_help(launcher: Launcher, capsys: pytest.CaptureFixture[str]) -> None:
    assert launcher.run("--help") == (0, [])
    assert "--debian-mirror URL" in capsys.readouterr().out


def mirrors(launcher: Launcher) -> list[str]:
    return launcher.arguments("--mirror", 2)


def test_mirrors_of_apt(ready: Launcher) -> None:
    assert ready.run("image-py39") == (0, [])
    assert mirrors(ready) == [
        "debian http://deb.test/debian/",
        "debian http://sec.test/debian/",
        "debian-security http://sec.test/debian-security/",
        "debian-security http://deb.test/debian-security/",
    ]


def test_mirrors_of_apt_in_its_other_spellings(ready: Launcher, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# ours\nhttp://listed.test/debian/\tpriority:1\n")
    ready.write("apt-mirrors", f"file:/srv/debian/\nmirror+file:{tmp_path}/list/\ncdrom:[Debian]/debian/\n")
    assert ready.run("image-py39") == (0, [])
    assert mirrors(ready)[:2] == ["debian file:///srv/debian/", "debian http://listed.test/debian/"]


@pytest.mark.parametrize("way", ["option", "variable"])
def test_mirrors_of_the_user_are_the_only_ones(ready: Launcher, way: str) -> None:
    urls = "http://one.test/archive/debian/20250520T000000Z", "http://debian/mirror/debian"
    if way == "option":
        done = ready.run(
            "--debian-mirror", urls[0], "image-py39", "--debian-mirror", urls[1], DEBIAN_MIRROR="http://no.test/debian"
        )
    else:
        done = ready.run("image-py39", DEBIAN_MIRROR=" ".join(urls))
    assert done == (0, [])
    assert mirrors(ready) == [
        "debian http://one.test/archive/debian/20250520T000000Z/",
        "debian http://debian/mirror/debian/",
        "debian-security http://one.test/archive/debian-security/20250520T000000Z/",
        "debian-security http://debian/mirror/debian-security/",
    ]


def test_a_mirror_of_unusual_form_is_taken_as_it_is(ready: Launcher) -> None:
    assert ready.run("image-py39", "--debian-mirror", "http://debian/remote") == (0, [])
    assert mirrors(ready) == [
        "debian http://debian/remote/",
        "debian-security http://debian/remote/",
    ]


def test_no_mirror(ready: Launcher) -> None:
    ready.write("apt-mirrors", "http://else.test/tools/\n")
    assert ready.run("image-py39") == (
        1,
        [
            "fetch: no Debian mirror: the machine's apt configuration names none; "
            "give --debian-mirror URL or set DEBIAN_MIRROR"
        ],
    )


def test_the_proxy_of_apt(ready: Launcher) -> None:
    ready.write("apt-proxy", "deb_http_proxy='http://proxy.test:3142'\n")
    assert ready.run("image-py39") == (0, [])
    assert "deb_http_proxy=http://proxy.test:3142" in ready.read("environment")


def test_from_a_folder_asks_no_mirror(ready: Launcher, tmp_path: Path) -> None:
    ready.write("apt-mirrors", "")
    assert ready.run("image-py39", "--from", tmp_path) == (0, [])
    assert ready.arguments("--from") == [str(tmp_path)] and mirrors(ready) == []


def test_to_a_folder_takes_all_that_the_target_needs(ready: Launcher, tmp_path: Path) -> None:
    needed = ready.miss("a_1.deb", "b_1.deb")
    ready.write("missing", "")
    ready.write(
        "inputs", "seed_1.deb 5a debian pool/seed_1.deb bootstrap\nlibc_1.deb 1b debian pool/libc_1.deb bootstrap\n"
    )
    assert ready.run("image-py39", "--to", tmp_path / "folder") == (0, [])
    assert ready.read("argv").splitlines()[-2:] == needed
    assert ready.arguments("--to") == [str(tmp_path / "folder")]
    assert ready.arguments("--file") == ready.read("inputs").splitlines()
    # The temporary folder was beside the files, so that each can be put in place at once.
    assert f"TMPDIR={tmp_path}/folder/" in ready.read("environment") and not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(ready: Launcher, number: signal.Signals) -> None:
    ready.write("hang", "")
    process = ready.start("image-py39")
    child = wait_for_child(ready)
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    assert ready.leftovers() == []
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def wait_for_child(launcher: Launcher) -> int:
    for _ in range(500):
        path = launcher.root / "hanging"
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError("no child was started")
