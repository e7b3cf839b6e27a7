"""Containers that healthcheck looks at, and root folders that the start scripts run in."""

from pathlib import Path

import pytest

from made_up_container import GUNICORN, Container
from start_root import Root, make_root, shells


@pytest.fixture
def elsewhere(tmp_path: Path) -> Container:
    """A container in which no server runs."""
    return Container(tmp_path)


@pytest.fixture
def serving(elsewhere: Container) -> Container:
    """A container in which Gunicorn runs, so that somebody must listen."""
    elsewhere.runs(*GUNICORN)
    return elsewhere


@pytest.fixture(params=shells())
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Root:
    """The runtime folder as the image has it, but with nothing in /app."""
    return make_root(tmp_path, request.param)


@pytest.fixture
def app(root: Root) -> Root:
    """The same with an app in /app/main.py."""
    root.write("/app/main.py")
    return root


@pytest.fixture
def app_of_one_shell(tmp_path: Path) -> Root:
    """The same, for what does not depend on the shell."""
    root = make_root(tmp_path, shells()[0])
    root.write("/app/main.py")
    return root
