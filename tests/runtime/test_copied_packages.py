"""Packages that were copied over other releases: their code runs, not the bytecode of those."""

import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = Path(__file__).parents[2] / "runtime/site-packages/copied_packages.py"


@pytest.mark.parametrize(("copied", "runs"), [("greeting-2.0.dist-info", "new"), ("other-2.0.dist-info", "old")])
def test_bytecode_of_another_release_is_not_taken(tmp_path: Path, copied: str, runs: str) -> None:
    shutil.copy(MODULE, tmp_path)
    greeting = tmp_path / "greeting.py"
    greeting.write_text("print('old')\n")
    py_compile.compile(str(greeting), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    greeting.write_text("print('new')\n")
    for name in ("greeting-1.0.dist-info", copied):
        (tmp_path / name).mkdir()
    command = [sys.executable, "-B", "-c", "import copied_packages, greeting"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout == f"{runs}\n"
