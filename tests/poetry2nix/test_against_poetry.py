"""Made-up projects, locked by Poetry: an environment has the wheels that Poetry would install."""

import copy
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made_up_index import Release, served

from made_up_lock import NIX, PYTHON, STAGE, Evaluate, write_toml

POETRY = os.environ.get("POETRY") or shutil.which("poetry")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(POETRY is None, reason="poetry is not on PATH, nor POETRY its path")]

RELEASES = [
    *(Release(name, version) for name in ("bee", "cat", "dog", "elk") for version in ("1.0", "2.0")),
    Release("ant", "1.0", ("bee<2", "cat; python_version < '3'"), (("fast", ("dog", "elk; os_name == 'nt'")),)),
]
POETRY_TABLE: dict[str, Any] = {"package-mode": False}
PROJECT: dict[str, Any] = {"name": "app", "version": "1", "requires-python": ">=3.9"}
PROJECTS: dict[str, dict[str, Any]] = {
    "legacy": {
        "tool": {
            "poetry": POETRY_TABLE
            | {
                "dependencies": {"python": ">=3.9.*", "ant": "*", "elk": {"version": "*", "optional": True}},
                "extras": {"more": ["elk"]},
                "dev-dependencies": {"dog": "^1", "cat": {"version": "*", "python": ">=3.9.*,<4.0.*"}},
            }
        }
    },
    "groups": {
        "tool": {
            "poetry": POETRY_TABLE
            | {
                "dependencies": {"python": "~3.9 || >= 3.10.*", "ant": {"version": "*", "extras": ["fast"]}},
                "group": {
                    "dev": {"dependencies": {"cat": "<2"}},
                    "docs": {"optional": True, "dependencies": {"elk": "*"}, "include-groups": ["dev"]},
                },
            }
        }
    },
    "project": {
        "project": PROJECT
        | {"dependencies": ["ant", "dog; sys_platform == 'win32'"], "optional-dependencies": {"more": ["elk<2"]}},
        "tool": {"poetry": POETRY_TABLE},
    },
    "dependency-groups": {
        "project": PROJECT | {"dependencies": ["bee"]},
        "dependency-groups": {"dev": ["cat", {"include-group": "docs"}], "docs": ["elk<2"]},
        "tool": {"poetry": POETRY_TABLE},
    },
    "both": {
        "project": PROJECT | {"dynamic": ["dependencies"]},
        "dependency-groups": {"dev": ["cat"]},
        "tool": {
            "poetry": POETRY_TABLE | {"dependencies": {"bee": "<2"}, "group": {"dev": {"dependencies": {"dog": "*"}}}}
        },
    },
}
WISHES: list[tuple[str, list[str], list[str]]] = [
    ("legacy", ["main"], []),
    ("legacy", ["main", "dev"], []),
    ("legacy", ["dev"], []),
    ("legacy", ["main", "dev"], ["more"]),
    ("groups", ["main"], []),
    ("groups", ["main", "dev"], []),
    ("groups", ["docs"], []),
    ("project", ["main"], []),
    ("project", ["main"], ["more"]),
    ("dependency-groups", ["main", "dev"], []),
    ("dependency-groups", ["docs"], []),
    ("both", ["main", "dev"], []),
]


def poetry(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        "POETRY_VIRTUALENVS_CREATE": "false",
        "POETRY_CACHE_DIR": str(folder.parent / "cache"),
        "POETRY_CONFIG_DIR": str(folder.parent / "config"),
    }
    command = [str(POETRY), "--no-interaction", "--no-ansi", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, dict[str, Any]]]]:
    """Of each project, its folder, where Poetry has locked it, and what its pyproject.toml holds."""
    root = tmp_path_factory.mktemp("poetry")
    with served(root / "index", RELEASES) as url:
        found = {}
        for name, project in PROJECTS.items():
            folder = root / name
            folder.mkdir()
            content = copy.deepcopy(project)
            content["tool"]["poetry"]["source"] = [{"name": "made-up", "url": url, "priority": "primary"}]
            write_toml(folder / "pyproject.toml", content)
            finished = poetry(folder, "lock")
            assert finished.returncode == 0, finished.stdout + finished.stderr
            found[name] = (folder, content)
        yield found


@pytest.fixture
def ours(evaluate: Evaluate) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    def run(folder: Path, groups: list[str], extras: list[str]) -> "subprocess.CompletedProcess[str]":
        version = ".".join(str(number) for number in sys.version_info[:3])
        wish = {"python": PYTHON | {"version": version}, "groups": groups, "extras": extras}
        (folder / "wish.json").write_text(json.dumps(wish))
        return evaluate(
            "--expr",
            f"({STAGE}.readProject {{ projectDir = {folder}; }}).wheelsFor "
            f"(builtins.fromJSON (builtins.readFile {folder}/wish.json))",
        )

    return run


@pytest.mark.parametrize(("name", "groups", "extras"), WISHES)
def test_the_same_wheels(
    locked: dict[str, tuple[Path, dict[str, Any]]],
    ours: Callable[..., "subprocess.CompletedProcess[str]"],
    name: str,
    groups: list[str],
    extras: list[str],
) -> None:
    folder, _ = locked[name]
    # Poetry takes extras together with all groups.
    options = [f"--extras={extra}" for extra in extras] or [f"--only={','.join(groups)}"]
    finished = poetry(folder, "install", "--dry-run", "--no-root", *options)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    theirs = re.findall(r"- Installing (\S+) \((\S+?)\)(?!.*Skipped)", finished.stdout)
    found = ours(folder, groups, extras)
    assert found.returncode == 0, found.stderr
    assert sorted((wheel["project"], wheel["version"]) for wheel in json.loads(found.stdout)) == sorted(theirs)
    assert theirs


def set_at(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        *tables, last = path.split("/")
        for table in tables:
            content = content.setdefault(table, {})
        content[last] = value

    return change


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("legacy", "tool/poetry/dev-dependencies/dog", "*"),
        ("legacy", "tool/poetry/extras", {"more": []}),
        ("legacy", "tool/poetry/description", "other"),
        ("legacy", "tool/other/key", 1),
        ("legacy", "dependency-groups/dev", ["cat"]),
        ("groups", "tool/poetry/group/docs/optional", False),
        ("groups", "tool/poetry/group/docs/include-groups", []),
        ("project", "project/requires-python", ">=3.10"),
        ("project", "project/optional-dependencies/more", ["elk"]),
        ("project", "project/description", "other"),
        ("dependency-groups", "dependency-groups/docs", ["elk"]),
        ("dependency-groups", "tool/poetry/requires-poetry", ">=2"),
        ("both", "tool/poetry/dependencies/bee", "*"),
    ],
)
def test_the_same_locks_are_stale(
    locked: dict[str, tuple[Path, dict[str, Any]]],
    ours: Callable[..., "subprocess.CompletedProcess[str]"],
    tmp_path: Path,
    name: str,
    path: str,
    value: Any,
) -> None:
    folder, content = locked[name]
    edited = tmp_path / "edited"
    shutil.copytree(folder, edited)
    changed = copy.deepcopy(content)
    set_at(path, value)(changed)
    write_toml(edited / "pyproject.toml", changed)
    theirs = "pyproject.toml changed significantly" in poetry(edited, "check", "--lock").stderr
    found = ours(edited, ["main"], [])
    assert ("not made from this" in found.stderr) == theirs
    assert (found.returncode != 0) == theirs, found.stderr


VERSIONS = [
    "3.0",
    "3.8",
    "3.9",
    "3.9.0",
    "3.9.2",
    "3.10",
    "3.11",
    "3.12.0",
    "3.13",
    "3.13.5",
    "4.0",
    "3.14.0rc1",
    "v3.9",
]
PYTHONS = ["3.8.20", "3.9.0", "3.9.2", "3.10.1", "3.11.2", "3.12.0", "3.13.5", "3.14.0rc1", "3.14.0", "4.0.0"]
ASK_POETRY = """
import json, sys
from poetry.core.constraints.version import Version, parse_constraint
asked = json.load(sys.stdin)
print(json.dumps([parse_constraint(constraint).allows(Version.parse(version)) for constraint, version in asked]))
"""


def made_up_constraint(chance: random.Random) -> str:
    def part() -> str:
        operator = chance.choice(["^", "~", "~=", "", ">=", ">", "<=", "<", "!=", "==", "="])
        version = chance.choice(VERSIONS)
        has_star = operator not in ("^", "~", "~=") and "rc" not in version and chance.random() < 0.3
        space = chance.choice(["", " "]) if operator else ""
        return f"{operator}{space}{version}{'.*' * has_star}"

    def all_of() -> str:
        return chance.choice([", ", ",", " ", " , "]).join(part() for _ in range(chance.randrange(1, 4)))

    return chance.choice([" || ", "||", " | "]).join(all_of() for _ in range(chance.randrange(1, 4)))


def test_constraints_allow_the_same_pythons(evaluate: Evaluate, tmp_path: Path) -> None:
    chance = random.Random(0)
    cases = [(made_up_constraint(chance), chance.choice(PYTHONS)) for _ in range(2000)]
    # The Python that the script is made for.
    python = Path(str(POETRY)).resolve().read_text().partition("\n")[0].removeprefix("#!")
    asked = subprocess.run(
        [python, "-c", ASK_POETRY], input=json.dumps(cases), check=True, capture_output=True, text=True
    )
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    finished = evaluate(
        "--expr",
        f"map (case: import {NIX}/poetry2nix/poetry-constraint.nix (why: throw why) (builtins.elemAt case 0) "
        f"(builtins.elemAt case 1)) (builtins.fromJSON (builtins.readFile {tmp_path}/cases.json))",
    )
    assert finished.returncode == 0, finished.stderr
    expected = json.loads(asked.stdout)
    for case, found, wanted in zip(cases, json.loads(finished.stdout), expected, strict=True):
        assert found == wanted, case
    assert 0.2 < sum(expected) / len(expected) < 0.8
