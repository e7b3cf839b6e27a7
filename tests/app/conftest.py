"""A project with a lock, for the tests of what becomes of it."""

from pathlib import Path

import pytest

from made_up_project import NEW, Evaluate, Project


@pytest.fixture
def project(tmp_path: Path, evaluate: Evaluate) -> Project:
    """One with a pyproject.toml and a lock, and app/main.py."""
    project = Project(tmp_path / "project", evaluate)
    for name in ("pyproject.toml", "poetry.lock", "app/main.py"):
        project.write(name, (NEW / name).read_text())
    return project
