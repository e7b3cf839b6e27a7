"""new, which writes an app to begin with."""

import shutil
import subprocess
from pathlib import Path

import pytest

from made_up_project import NEW, REPOSITORY

NAMES = {str(path.relative_to(NEW)) for path in NEW.rglob("*") if path.is_file()}


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = ["sh", str(REPOSITORY / "nix/app/new"), *words]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_an_app_that_one_can_edit(tmp_path: Path) -> None:
    (tmp_path / "flake.nix").touch()
    finished = run(tmp_path)
    assert finished.returncode == 0
    assert files(tmp_path) == {"flake.nix", *NAMES}
    for name in NAMES:
        assert (tmp_path / name).read_text() == (NEW / name).read_text()
        assert (tmp_path / name).stat().st_mode & 0o200


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not on PATH")
def test_git_lets_nix_see_it(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    assert run(tmp_path).returncode == 0
    assert set(git("ls-files").splitlines()) == NAMES


@pytest.mark.parametrize("name", ["pyproject.toml", "app", "uv.lock", "requirements.txt", "main.py"])
def test_a_project_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    finished = run(tmp_path)
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"new: {name}: this folder has a project already; ")
    assert files(tmp_path) == {name} and (tmp_path / name).read_text() == "mine"


def test_its_own_gitignore_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine")
    assert run(tmp_path).returncode == 0
    assert (tmp_path / ".gitignore").read_text() == "mine"


def test_a_wrong_word(tmp_path: Path) -> None:
    assert run(tmp_path, "--now").stderr == "new: --now: it takes no argument; see --help\n"
