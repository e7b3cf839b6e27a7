"""What is beside a project: apart from the rest of its environment, and built again only if it changes itself."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]
NIX = Path(__file__).parents[2] / "nix"

APP = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["lib"]\n'
LOCK = """version = 1
requires-python = ">=3.9"
[[package]]
name = "app"
version = "1"
source = { editable = "." }
dependencies = [{ name = "lib" }]
[[package]]
name = "lib"
source = { editable = "parts/lib" }
dependencies = [{ name = "pure" }]
[[package]]
name = "pure"
version = "1.0"
source = { registry = "https://index.example/simple" }
wheels = [
    { url = "https://files.example/pure-1.0-py3-none-any.whl", hash = "sha256:@HASH@" },
]
[manifest]
members = ["app", "lib"]
""".replace("@HASH@", "0" * 64)
EXPRESSION = """
let
  set = import {nix} {{ system = "x86_64-linux"; }};
  env = withLocal: set.mkPythonEnv {{ projectDir = {folder}; python = set.python.pythons.py313; inherit withLocal; }};
  project = set.buildProject {{ src = {folder}; python = set.python.pythons.py313; name = "app"; }};
in
{{
  whole = (env true).drvPath;
  rest = (env false).drvPath;
  local = map (part: {{ inherit (part) name; wheel = part.wheel.drvPath; }}) (env false).local;
  same = (env true).local == (env false).local;
  project = project.drvPath;
}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "parts/lib").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(APP)
    (folder / "parts/lib/pyproject.toml").write_text('[project]\nname = "lib"\ndependencies = ["pure"]\n')
    (folder / "uv.lock").write_text(LOCK)
    return folder


def derivations(evaluate: Evaluate, folder: Path) -> dict[str, Any]:
    finished = evaluate("--expr", EXPRESSION.format(nix=NIX, folder=folder))
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


def test_members_are_apart_from_the_rest(evaluate: Evaluate, project: Path) -> None:
    found = derivations(evaluate, project)
    # The project itself is none of them.
    assert [part["name"] for part in found["local"]] == ["lib"] and found["same"]
    assert found["whole"] != found["rest"]


def test_an_edit_builds_again_what_it_concerns(evaluate: Evaluate, project: Path) -> None:
    first = derivations(evaluate, project)
    (project / "notes").write_text("of the project itself")
    second = derivations(evaluate, project)
    assert second["project"] != first["project"]
    assert {key: second[key] for key in ("whole", "rest", "local")} == {
        key: first[key] for key in ("whole", "rest", "local")
    }
    (project / "parts/lib/lib.py").write_text("of a member")
    third = derivations(evaluate, project)
    assert third["local"] != first["local"] and third["whole"] != first["whole"]
    assert third["rest"] == first["rest"]


def test_what_tools_leave_in_a_folder_is_not_its_source(evaluate: Evaluate, project: Path) -> None:
    first = derivations(evaluate, project)
    for name in (".git", ".venv", "__pycache__", "result"):
        (project / "parts/lib" / name).mkdir()
        (project / "parts/lib" / name / "x").write_text(name)
    assert derivations(evaluate, project) == first
