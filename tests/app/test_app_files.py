"""Which files of a project go to /app."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from made_up_project import REPOSITORY, Evaluate

GOES = ("app/main.py", "prestart.sh", "alembic/versions/1.py", "templates/a.html", "pyproject.toml", "contest.py")
STAYS = (
    *("tests/test_app.py", "app/tests/test_app.py", "conftest.py", "test.py", "test_app.py"),
    *(".env", "app/.hidden", ".git/config"),
    *("poetry.lock", "uv.lock", "pylock.toml", "pylock.dev.toml", "flake.nix", "flake.lock", "debian.lock.json"),
    *("result", "result-2/a", "app/__pycache__/main.cpython-313.pyc", "app/old.pyc", ".venv/bin/python", "venv/a"),
)


@pytest.fixture
def has(tmp_path: Path, evaluate: Evaluate) -> Callable[..., Any]:
    """has(name, …, files="null") -> those of the names that go to /app, of a project that has all of them."""
    for name in (*GOES, *STAYS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def run(*names: str, files: str = "null") -> Any:
        words = " ".join(json.dumps(name) for name in names)
        finished = evaluate(
            "--expr",
            f"""
            let of = import {REPOSITORY}/nix/app/app-files.nix {{ src = {tmp_path}; files = {files}; }}; in
            builtins.filter of.has [ {words} ]
            """,
        )
        return tuple(json.loads(finished.stdout)) if finished.returncode == 0 else finished.stderr

    return run


def test_those_that_a_server_has_a_use_for(has: Callable[..., Any]) -> None:
    assert has(*GOES, *STAYS) == GOES


def test_those_that_are_chosen(has: Callable[..., Any]) -> None:
    assert has(*GOES, *STAYS, files='[ "alembic" "app/tests" ".env" ]') == (
        "alembic/versions/1.py",
        "app/tests/test_app.py",
        ".env",
    )


def test_one_that_is_not_there(has: Callable[..., Any]) -> None:
    assert "error: mkAppImage: files: ap is not in the project, or git does not track it" in has("a", files='[ "ap" ]')
