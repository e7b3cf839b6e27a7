"""The program that `nix run .#image-…` runs, with engines that only pretend.

LOAD names the program, ARCHIVE the archive of the same image.
"""

import filecmp
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    "LOAD" not in os.environ, reason="LOAD names no program; nix build .#checks.….ship has one"
)

SH = shutil.which("sh")


def add_engine(folder: Path, name: str, status: int = 0) -> None:
    """An engine that keeps what it loads in the file `<name>.loaded` beside it."""
    folder.mkdir(exist_ok=True)
    engine = folder / name
    engine.write_text(f'#!{SH}\n[ "$*" = load ] && cat >{folder}/{name}.loaded\necho loaded by {name}\nexit {status}\n')
    engine.chmod(0o755)


def load(folder: Path) -> "subprocess.CompletedProcess[str]":
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run([os.environ["LOAD"]], env={"PATH": path}, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(("engines", "expected"), [(["docker", "podman"], "docker"), (["podman"], "podman")])
def test_the_engine_gets_the_archive(tmp_path: Path, engines: list[str], expected: str) -> None:
    for engine in engines:
        add_engine(tmp_path / "bin", engine)
    done = load(tmp_path / "bin")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"loaded by {expected}\n", "")
    assert filecmp.cmp(tmp_path / "bin" / f"{expected}.loaded", os.environ["ARCHIVE"], shallow=False)


def test_a_failure_of_the_engine_is_one_of_the_program(tmp_path: Path) -> None:
    add_engine(tmp_path / "bin", "docker", status=1)
    assert load(tmp_path / "bin").returncode == 1


def test_without_an_engine_it_says_what_to_do(tmp_path: Path) -> None:
    done = load(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("load: ") and "neither docker nor podman" in done.stderr
    assert len(done.stderr.splitlines()) == 1
