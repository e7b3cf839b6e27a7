"""The modules of the stage, and the cases that Nix has evaluated."""

import json
import os
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def cases(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the folder cases evaluates to: from the file that CASES names, else from Nix."""
    if file := os.environ.get("CASES"):
        text = Path(file).read_text()
    else:
        finished = request.getfixturevalue("evaluate")(str(Path(__file__).with_name("cases")))
        assert finished.returncode == 0, finished.stderr
        text = finished.stdout
    found: dict[str, Any] = json.loads(text)
    return found
