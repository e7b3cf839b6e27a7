"""nix/docker-tools/rfc3339.nix against Python's calendar."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def times() -> Any:
    """What times.nix evaluates to."""
    if shutil.which("nix-instantiate") is None:
        pytest.skip("needs nix-instantiate")
    command = ["nix-instantiate", "--eval", "--strict", "--json", str(Path(__file__).with_name("times.nix"))]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)


def test_times_are_those_of_the_calendar(times: Any) -> None:
    for time in times:
        expected = datetime.fromtimestamp(time["seconds"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert time["text"] == expected, time["seconds"]
    days = {time["text"][5:10] for time in times}
    assert len(days) == 366, "each day of the year, the leap day too"
