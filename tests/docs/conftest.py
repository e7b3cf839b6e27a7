"""Nix expressions about the outputs of the flake."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from documents import REPOSITORY

Outputs = Callable[[str], Any]


@pytest.fixture
def outputs(evaluate: Callable[..., Any]) -> Outputs:
    """outputs(expression) -> the value of a Nix expression in which `outputs` are those of the flake."""

    def run(expression: str) -> Any:
        finished = evaluate(
            "--expr",
            f"""
            let outputs = (import {REPOSITORY}/flake.nix).outputs {{ self = outputs // {{ outPath = "/flake"; }}; }};
            in {expression}
            """,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    return run
