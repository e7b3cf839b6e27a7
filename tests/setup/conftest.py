"""The fixture: a machine with Nix and git on which the flake was cloned."""

from pathlib import Path

import pytest

from pretended_machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, "nix", "apt-get", "git")
