"""The fixture: an evaluation of a made-up uv.lock."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from made_up_lock import PYTHON, Evaluate, write_toml
from made_up_uv_lock import APP, PROJECT, STAGE, WheelsOf, write_lock


@pytest.fixture
def wheels_of(evaluate: Evaluate, tmp_path: Path) -> WheelsOf:
    """wheels_of(package, …, head={}, pyprojects={folder: content}, member=None, python={}, rewrite=str,
    **arguments of wheelsFor)
    -> the finished evaluation; APP is the project, unless one of the packages is called app."""

    def run(
        *packages: dict[str, Any],
        head: dict[str, Any] | None = None,
        pyprojects: dict[str, dict[str, Any]] | None = None,
        member: str | None = None,
        python: dict[str, str] | None = None,
        rewrite: Callable[[str], str] = str,
        **arguments: Any,
    ) -> subprocess.CompletedProcess[str]:
        root = tmp_path / "project"
        for folder, content in ({".": PROJECT} | (pyprojects or {})).items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            write_toml(root / folder / "pyproject.toml", content)
        own = [] if any(package.get("name") == "app" for package in packages) else [APP]
        write_lock(root / "uv.lock", {"version": 1, "requires-python": ">=3.9"} | (head or {}), [*own, *packages])
        (root / "uv.lock").write_text(rewrite((root / "uv.lock").read_text()))
        (tmp_path / "arguments.json").write_text(json.dumps({"python": PYTHON | (python or {})} | arguments))
        return evaluate(
            "--expr",
            f"""
            ({STAGE}.readProject {{
              projectDir = {root};
              package = builtins.fromJSON ''{json.dumps(member)}'';
            }}).wheelsFor (builtins.fromJSON (builtins.readFile {tmp_path}/arguments.json))
            """,
        )

    return run
