"""Containers that healthcheck looks at."""

from pathlib import Path

import pytest

from made_up_container import GUNICORN, Container


@pytest.fixture
def elsewhere(tmp_path: Path) -> Container:
    """A container in which no server runs."""
    return Container(tmp_path)


@pytest.fixture
def serving(elsewhere: Container) -> Container:
    """A container in which Gunicorn runs, so that somebody must listen."""
    elsewhere.runs(*GUNICORN)
    return elsewhere
