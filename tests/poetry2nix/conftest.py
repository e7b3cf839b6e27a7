"""Cases that Nix has evaluated, and Nix itself where it is at hand."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
POETRY2NIX = REPOSITORY / "nix" / "poetry2nix"
sys.path.insert(0, str(POETRY2NIX))

Evaluate = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def evaluate() -> Evaluate:
    """evaluate(expression or path, …options) -> the finished nix-instantiate, whose stdout is JSON."""
    if shutil.which("nix-instantiate") is None:
        pytest.skip("nix-instantiate is not on PATH")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["nix-instantiate", "--eval", "--strict", "--json", *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    return run


@pytest.fixture(scope="session")
def cases(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What cases.nix evaluates to: from the file that POETRY2NIX_CASES names, else from Nix."""
    if file := os.environ.get("POETRY2NIX_CASES"):
        return json.loads(Path(file).read_text())
    finished = request.getfixturevalue("evaluate")(str(Path(__file__).with_name("cases.nix")))
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
