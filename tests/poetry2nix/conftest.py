"""Cases that Nix has evaluated, and Nix itself where it is at hand."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from nix_evaluation import POETRY2NIX, Evaluate, nix_instantiate

sys.path.insert(0, str(POETRY2NIX))


@pytest.fixture(scope="session")
def evaluate() -> Evaluate:
    """evaluate(file), evaluate("--expr", expression) -> the finished nix-instantiate."""
    if shutil.which("nix-instantiate") is None:
        pytest.skip("nix-instantiate is not on PATH")
    return nix_instantiate


@pytest.fixture(scope="session")
def cases(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What cases.nix evaluates to: from the file that POETRY2NIX_CASES names, else from Nix."""
    if file := os.environ.get("POETRY2NIX_CASES"):
        return json.loads(Path(file).read_text())
    finished = request.getfixturevalue("evaluate")(str(Path(__file__).with_name("cases.nix")))
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
