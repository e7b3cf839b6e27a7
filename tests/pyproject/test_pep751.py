"""Locks of PEP 751: what is selected of them, compared with `packaging`."""

import hashlib
import json
import random
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.pylock import PackageWheel, Pylock, PylockSelectError

from made_up_toml import a_line_each, as_text, in_lines, with_headers
from test_pep425 import ranks

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]
NIX = Path(__file__).parents[2] / "nix"

PYTHONS = [("3.9.2", "2.31"), ("3.13.5", "2.41")]
TAGS = [
    "py3-none-any",
    "py3-none-any",
    "cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp313-cp313-manylinux_2_28_x86_64",
    "cp39-abi3-manylinux_2_5_x86_64",
    "cp313-cp313-musllinux_1_2_x86_64",
    "cp313-cp313-macosx_11_0_x86_64",
    "cp313-cp313-manylinux_2_17_aarch64",
    "cp314-cp314-win_amd64",
]
MARKERS = [
    "",
    "",
    "python_version < '3.11'",
    "python_full_version >= '3.11' and sys_platform == 'linux'",
    "'fast' in extras",
    "'Dev' in dependency_groups or \"fast\" in extras",
    "'dev' not in dependency_groups",
    "sys_platform == 'win32' or 'test' in dependency_groups",
]
WISHES: list[dict[str, list[str]]] = [
    {"groups": ["main"]},
    {"groups": []},
    {"groups": ["main", "dev"]},
    {"groups": ["test"], "extras": ["fast"]},
    {"groups": ["main"], "extras": ["fast", "none"]},
]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def wheel(chance: random.Random, name: str, tag: str) -> dict[str, Any]:
    file = f"{name}-1.0-{tag}.whl"
    found: dict[str, Any] = {"name": file} if chance.random() < 0.5 else {}
    found |= {"url": f"https://files.example/a/{file}"} if not found or chance.random() < 0.7 else {"path": f"x/{file}"}
    if chance.random() < 0.7:
        found |= {"upload-time": datetime(2026, 1, chance.randint(1, 28), 7, 30, tzinfo=UTC)}
    hashes = {"sha256": sha256(file)}
    return found | {"size": 10, "hashes": hashes | ({"sha512": "00"} if chance.random() < 0.3 else {})}


def lock(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """A lock in one of the layouts that tools write, and what it holds."""
    packages = []
    for name in ["ant", "bee", "cat", "dog", "bee" if chance.random() < 0.2 else "elk"]:
        package: dict[str, Any] = {"name": name, "version": "1.0"}
        if marker := chance.choice(MARKERS):
            package["marker"] = marker
        if chance.random() < 0.1:
            package["requires-python"] = chance.choice([">=3.8", ">=3.11", "<4"])
        tags = dict.fromkeys(chance.choices(TAGS, k=chance.randint(1, 5)))
        package["wheels"] = [wheel(chance, name, tag) for tag in tags]
        packages.append(package)
    head = {"lock-version": "1.0", "created-by": "a tool", "extras": ["fast", "none"]}
    head |= {"dependency-groups": ["dev", "test", "base"], "default-groups": chance.choice([[], ["base"], ["dev"]])}
    if chance.random() < 0.3:
        head["requires-python"] = chance.choice([">=3.9", ">=3.10,<4"])
    if chance.random() < 0.2:
        head["environments"] = [
            "sys_platform == 'win32'",
            chance.choice(["sys_platform == 'linux'", "os_name == 'nt'"]),
        ]
    write = chance.choice([as_text, a_line_each, a_line_each, in_lines, None])
    text = "".join(f"{key} = {as_text(value)}\n" for key, value in head.items())
    for package in packages:
        lines = "".join(f"{key} = {write(value)}\n" for key, value in package.items()) if write else ""
        text += "\n[[packages]]\n" + (lines or with_headers(package, "packages"))
    return text, head | {"packages": packages}


def expected(content: dict[str, Any], version: str, glibc: str, wish: dict[str, list[str]]) -> list[str] | None:
    environment: Any = {
        "python_version": version.rpartition(".")[0],
        "python_full_version": version,
        "implementation_version": version,
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_release": "",
        "platform_version": "",
        "platform_system": "Linux",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
    }
    pylock = Pylock.from_dict(content)
    groups = [group for group in wish["groups"] if group != "main"]
    groups += (pylock.default_groups or []) if "main" in wish["groups"] else []
    try:
        found = list(
            pylock.select(
                environment=environment,
                tags=list(ranks(version, "x86_64", glibc)),
                extras=wish.get("extras", []),
                dependency_groups=groups,
            )
        )
    except PylockSelectError:
        return None
    return sorted(source.filename for _, source in found if isinstance(source, PackageWheel))


def test_the_same_wheels_are_selected(evaluate: Evaluate, tmp_path: Path) -> None:
    chance = random.Random(0)
    cases: list[dict[str, Any]] = []
    locks = [lock(chance) for _ in range(60)]
    for i, (text, _) in enumerate(locks):
        (tmp_path / f"{i}.toml").write_text(text)
        for version, glibc in PYTHONS:
            python = {"version": version, "glibc": glibc, "system": "x86_64-linux", "implementation": "cpython"}
            cases += [{"lock": i, "wish": wish | {"python": python}} for wish in WISHES]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    finished = evaluate("--expr", EXPRESSION.format(nix=NIX, folder=tmp_path))
    assert finished.returncode == 0, finished.stderr
    selected = 0
    for case, found in zip(cases, json.loads(finished.stdout), strict=True):
        text, content = locks[case["lock"]]
        python = case["wish"]["python"]
        wanted = expected(content, python["version"], python["glibc"], case["wish"])
        assert found == wanted, (text, case["wish"])
        selected += bool(found)
    assert len(cases) / 5 < selected < len(cases)


EXPRESSION = """
map (
  case:
  let
    names = map (wheel: wheel.filename) (
      ((import {nix}/pylock2nix {{
        poetry2nix = null;
        pyproject = import {nix}/pyproject {{ systems = import {nix}/systems.nix; bootstrap = null; fetch = null; }};
      }}).readProject {{ pylock = {folder} + "/${{toString case.lock}}.toml"; }}).wheelsFor case.wish
    );
    tried = builtins.tryEval (builtins.deepSeq names (builtins.sort builtins.lessThan names));
  in
  if tried.success then tried.value else null
) (builtins.fromJSON (builtins.readFile {folder}/cases.json))
"""
