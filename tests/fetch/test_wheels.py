"""Wheels through pip, from an index on loopback."""

import hashlib
import io
import os
import socket
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pinned_files import Wheel
from pip_download import BATCH, batches, pip_command
from pretended import FETCH, PYTHON, SHELL, Fetch, FolderStore, Mirror, derivation_text

MakeWheel = Callable[..., Path]


@pytest.fixture
def make_wheel(mirror: Mirror, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeWheel:
    """make_wheel(project, version, tags) -> the derivation of a wheel that the index has."""
    if subprocess.run([*pip_command(PYTHON), "--version"], capture_output=True).returncode:
        pytest.skip("needs pip")
    for variable in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", mirror.url.replace("debian", "simple"))
    monkeypatch.setenv("PIP_RETRIES", "1")

    def make(project: str, version: str = "1.0", tags: str = "py3-none-any") -> Path:
        name = f"{project}-{version}-{tags}.whl"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            info = f"{project}-{version}.dist-info"
            requires = "Requires-Python: >=3.9"
            archive.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n{requires}\n"
            )
            archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
            archive.writestr(f"{info}/RECORD", "")
        mirror.pages[f"/files/{name}"] = packed.getvalue()
        listed = mirror.pages.get(f"/simple/{project}/", b"")
        assert isinstance(listed, bytes)
        mirror.pages[f"/simple/{project}/"] = listed + f'<a href="/files/{name}">{name}</a>\n'.encode()
        sha256 = hashlib.sha256(packed.getvalue()).hexdigest()
        derivation = tmp_path / f"{name}.drv"
        derivation.write_text(
            derivation_text(
                name,
                sha256,
                store.path_of(name, sha256),
                kind="wheel",
                project=project,
                version=version,
                filename=name,
            )
        )
        return derivation

    return make


def test_wheels_of_any_tags_come_into_the_store(
    fetch: Fetch, make_wheel: MakeWheel, store: FolderStore, temporary: Path
) -> None:
    wheels = [
        make_wheel("pure"),
        make_wheel("pure", "2.0"),
        make_wheel("older", tags="py2.py3-none-any"),
        make_wheel("binary", tags="cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64"),
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
    assert mirror.requested.wait(30)
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
