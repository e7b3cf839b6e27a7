"""Wheels through pip, from an index on loopback."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from pinned_files import Wheel
from pip_download import BATCH, batches
from pretended import FETCH, PYTHON, SHELL, Fetch, FolderStore, MakeWheel, Mirror

pytestmark = pytest.mark.slow


def test_wheels_of_any_tags_come_into_the_store(
    fetch: Fetch, make_wheel: MakeWheel, store: FolderStore, temporary: Path
) -> None:
    wheels = [
        make_wheel("pure"),
        make_wheel("pure", "2.0"),
        make_wheel("older", tags="py2.py3-none-any"),
        make_wheel("binary", tags="cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64"),
        make_wheel("binary", tags="cp39-cp39-manylinux_2_17_aarch64.manylinux2014_aarch64"),
        make_wheel("stable", tags="cp37-abi3-musllinux_1_2_x86_64"),
        make_wheel("program", tags="py3-none-manylinux_2_17_x86_64"),
    ]
    assert fetch(*wheels) == []
    assert store.names() == {wheel.stem for wheel in wheels}
    assert list(temporary.rglob("*.whl")) == []


def test_wheels_that_cannot_be_had_do_not_keep_the_others(
    fetch: Fetch, make_wheel: MakeWheel, mirror: Mirror, store: FolderStore
) -> None:
    wheels = [make_wheel(project) for project in ("first", "changed", "gone", "last")]
    mirror.pages["/files/changed-1.0-py3-none-any.whl"] = mirror.pages["/files/first-1.0-py3-none-any.whl"]
    mirror.pages["/simple/gone/"] = b""
    changed, gone = sorted(fetch(*wheels))
    assert changed == "changed-1.0-py3-none-any.whl: sha256 differs: the index or a proxy changed the file"
    assert gone.startswith("gone-1.0-py3-none-any.whl: pip: No matching distribution found for gone==1.0")
    assert store.names() == {"first-1.0-py3-none-any.whl", "last-1.0-py3-none-any.whl"}


def test_an_index_that_cannot_be_reached(fetch: Fetch, make_wheel: MakeWheel, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = [make_wheel("one"), make_wheel("two")]
    with socket.create_server(("127.0.0.1", 0)) as unused:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{unused.getsockname()[1]}/simple/")
    (error,) = fetch(*wheels)[:1]
    assert "pip cannot reach the package index" in error and "\n" not in error


def test_a_signal_ends_the_pips(make_wheel: MakeWheel, mirror: Mirror, tmp_path: Path) -> None:
    wheel = make_wheel("slow")
    mirror.pages["/simple/slow/"] = mirror.hang
    nix_store = tmp_path / "bin/nix-store"
    nix_store.parent.mkdir()
    nix_store.write_text(f"#!{' '.join(SHELL)}\nprintf '%s\\n' \"$@\"\n")
    nix_store.chmod(0o755)
    process = subprocess.Popen(
        [PYTHON, str(FETCH / "fetch_main.py"), "--python", PYTHON, str(wheel)],
        env=os.environ | {"PATH": f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}"},
        start_new_session=True,
    )
    assert mirror.requested.wait(600)
    process.terminate()
    assert process.wait(60) == 143
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_folder_may_hold_the_wheels(
    fetch: Fetch, make_wheel: MakeWheel, mirror: Mirror, store: FolderStore, tmp_path: Path
) -> None:
    wheel = make_wheel("pure")
    (tmp_path / "folder").mkdir()
    assert fetch("--to", tmp_path / "folder", wheel) == []
    mirror.requests.clear()
    assert fetch("--from", tmp_path / "folder", wheel) == []
    assert mirror.requests == [] and store.names() == {"pure-1.0-py3-none-any.whl"}


def test_one_pip_is_never_asked_for_two_files_of_a_project() -> None:
    names = [f"p{number % 40}-{number}-py3-none-any.whl" for number in range(80)]
    wheels = [Wheel(name, "", "", name.split("-")[0], name.split("-")[1], name) for name in names]
    groups = batches(wheels)
    assert sorted(wheel.name for group in groups for wheel in group) == sorted(names)
    for group in groups:
        assert len({wheel.project for wheel in group}) == len(group) <= BATCH
