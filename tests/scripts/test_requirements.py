"""scripts/requirements.py on made-up locks, read back by `packaging`."""

import json
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from requirements import main


def lock(path: Path, *packages: dict[str, Any]) -> Path:
    """Write a poetry.lock of these packages."""
    tables = []
    for package in packages:
        files = ", ".join(f'{{file = "{name}", hash = "sha256:{name}"}}' for name in package.get("files", ["f"]))
        markers = package.get("markers", "")
        shown = json.dumps(markers) if isinstance(markers, str) else "{main = " + json.dumps(markers["main"]) + "}"
        tables.append(
            f'[[package]]\nname = "{package["name"]}"\nversion = "{package["version"]}"\n'
            f"groups = {json.dumps(package.get('groups', ['main']))}\nmarkers = {shown}\nfiles = [{files}]\n"
        )
    path.write_text("\n".join(tables))
    return path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[Requirement, list[str]]]:
    """The requirements that are printed, by name, each with its hashes."""
    main([*arguments])
    lines = [line.split(" --hash=") for line in capsys.readouterr().out.splitlines()]
    requirements = [(Requirement(line), hashes) for line, *hashes in lines]
    return {requirement.name: (requirement, hashes) for requirement, hashes in requirements}


def test_the_packages_of_the_groups_with_all_their_hashes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lock(
        tmp_path / "lock",
        {"name": "one", "version": "1.0", "files": ["wheel", "sdist"]},
        {"name": "two", "version": "2", "groups": ["lint"]},
        {"name": "left-out", "version": "3", "groups": ["docs"]},
    )
    found = printed(capsys, f"{path}:main,lint")
    assert found.keys() == {"one", "two"}
    assert str(found["one"][0].specifier) == "==1.0"
    assert found["one"][1] == ["sha256:wheel", "sha256:sdist"]


def test_markers_of_all_groups_and_of_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marker = 'sys_platform == "win32"'
    path = lock(
        tmp_path / "lock",
        {"name": "same", "version": "1", "markers": marker},
        {"name": "own", "version": "1", "markers": {"main": marker}, "groups": ["main", "lint"]},
    )
    assert {str(requirement.marker) for requirement, _ in printed(capsys, f"{path}:main").values()} == {marker}
    assert printed(capsys, f"{path}:lint")["own"][0].marker is None


def test_the_first_lock_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = lock(tmp_path / "first", {"name": "one", "version": "1"})
    second = lock(tmp_path / "second", {"name": "one", "version": "2"}, {"name": "two", "version": "2"})
    found = printed(capsys, f"{first}:main", f"{second}:main")
    assert {name: str(requirement.specifier) for name, (requirement, _) in found.items()} == {
        "one": "==1",
        "two": "==2",
    }
