"""Packages of a pylock.toml that are from no index, or from a private one: what is fetched, and what is built."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from made_up_toml import as_text

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]
NIX = Path(__file__).parents[2] / "nix"
COMMIT = "0123456789" * 4
HASHES = {"hashes": {"sha256": "ab" * 32}}
EXPRESSION = """
((import {nix}/pylock2nix {{
  poetry2nix = null;
  pyproject = import {nix}/pyproject {{ systems = import {nix}/systems.nix; bootstrap = null; fetch = null; }};
}}).readProject {{ projectDir = {folder}; }}).wheelsFor {{
  python = {{ version = "3.9.2"; glibc = "2.31"; system = "x86_64-linux"; implementation = "cpython"; }};
}}
"""


def evaluated(evaluate: Evaluate, folder: Path, package: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    entry = {"name": "pure", "version": "1.0"} | package
    (folder / "pylock.toml").write_text(f'lock-version = "1.0"\npackages = {as_text([entry])}\n')
    return evaluate("--expr", EXPRESSION.format(nix=NIX, folder=folder))


def chosen(evaluate: Evaluate, folder: Path, package: dict[str, Any]) -> dict[str, Any]:
    finished = evaluated(evaluate, folder, package)
    assert finished.returncode == 0, finished.stderr
    (wheel,) = json.loads(finished.stdout)
    found: dict[str, Any] = wheel
    return found


def test_a_git_repository(evaluate: Evaluate, tmp_path: Path) -> None:
    vcs = {"type": "git", "url": "git@git.example:a/b.git", "commit-id": COMMIT, "subdirectory": "x"}
    assert chosen(evaluate, tmp_path, {"vcs": vcs})["build"] == {
        "git": {"url": "ssh://git@git.example/a/b.git", "rev": COMMIT},
        "subdirectory": "x",
    }
    other = evaluated(evaluate, tmp_path, {"vcs": vcs | {"type": "hg"}})
    assert "pure 1.0: its source is a hg repository; " in other.stderr and "give wheels.pure = " in other.stderr


@pytest.mark.parametrize("name", ["pure-1.0-py3-none-any.whl", "pure-1.0.zip"])
def test_an_archive_at_a_url(evaluate: Evaluate, tmp_path: Path, name: str) -> None:
    url = f"https://files.example/{name}"
    wheel = chosen(evaluate, tmp_path, {"archive": HASHES | {"url": url}})
    file = wheel["build"]["sdist"] if name.endswith(".zip") else wheel
    assert file == {"project": "pure", "version": "1.0", "filename": name, "sha256": "ab" * 32, "url": url}


def test_an_sdist_of_an_index(evaluate: Evaluate, tmp_path: Path) -> None:
    sdist = HASHES | {"name": "pure-1.0.tar.gz", "url": "https://files.example/x/pure-1.0.tar.gz"}
    package = {"index": "https://index.example/simple", "sdist": sdist}
    assert "index" not in chosen(evaluate, tmp_path, package)["build"]["sdist"]
    for table in ("pdm.source", "poetry.source", "uv.index"):
        (tmp_path / "pyproject.toml").write_text(
            f'[[tool.{table}]]\nurl = "https://index.example/simple"\nname = "own"\nsince = 2026-01-01\n'
        )
        found = chosen(evaluate, tmp_path, package)["build"]["sdist"]
        assert (found["filename"], found["index"]) == ("pure-1.0.tar.gz", "https://index.example/simple")


def test_folders_are_apart_and_the_project_itself_is_nowhere(evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    for directory in ({"path": "."}, {"path": "lib", "editable": True}, {"path": "lib"}):
        assert json.loads(evaluated(evaluate, tmp_path, {"directory": directory}).stdout) == []
    missing = evaluated(evaluate, tmp_path, {"directory": {"path": "../nowhere"}})
    assert "pure 1.0: ../nowhere is not there; if git does not track it, add it; " in missing.stderr
