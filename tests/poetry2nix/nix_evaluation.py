"""Nix expressions, evaluated by the machine's Nix."""

import subprocess
from collections.abc import Callable
from pathlib import Path

POETRY2NIX = Path(__file__).parents[2] / "nix" / "poetry2nix"

Evaluate = Callable[..., subprocess.CompletedProcess[str]]


def nix_instantiate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Evaluate a file or `--expr EXPRESSION`; stdout is JSON."""
    command = ["nix-instantiate", "--eval", "--strict", "--json", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)
