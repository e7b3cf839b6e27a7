"""Made-up projects, locked by uv: an environment has the wheels that uv would install."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from made_up_index import Release, served

from made_up_lock import NIX, PYTHON, write_toml
from uv_oracle import exported, installed, needs_uv, uv

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]

PYTHONS = {"3.9.2": "2.31", "3.13.5": "2.41"}
NAMES = ["ant", "bee", "cat", "dog", "elk"]
EXTRAS = ["fast", "wide"]
MARKERS = [
    "",
    "",
    "",
    "python_version < '3.11'",
    "python_version >= '3.11'",
    "sys_platform == 'linux'",
    "sys_platform == 'win32'",
    "platform_machine == 'x86_64' and python_version > '3.9'",
]

marker = st.sampled_from(MARKERS)


@st.composite
def requirement(draw: st.DrawFn, names: list[str] = NAMES, versions: tuple[str, ...] = ("", "", ">=1", "!=2.0")) -> str:
    name = draw(st.sampled_from(names))
    extras = draw(
        st.sampled_from(["", "", "[fast]", "[wide]", "[fast,wide]", *(["[slim]"] * 3 if name == "member" else [])])
    )
    version = draw(st.sampled_from(versions)) if name in NAMES else ""
    where = draw(marker)
    return f"{name}{extras}{version}" + (f" ; {where}" if where else "")


requirements = st.lists(requirement(), max_size=2).map(tuple)
with_extras = st.tuples(*(st.tuples(st.just(extra), requirements) for extra in EXTRAS))


@st.composite
def releases(draw: st.DrawFn) -> list[Release]:
    return [
        Release(name, version, draw(requirements), draw(with_extras))
        for name in NAMES
        for version in ("1.0", "2.0", "3.0")[: draw(st.integers(2, 3))]
    ]


@st.composite
def projects(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """The pyproject.toml of each folder of a workspace."""
    member = draw(st.booleans())
    names = [*NAMES, "app", "member"] if member else [*NAMES, "app"]
    some = st.lists(requirement(names, ("", "", "<3", "<2")), max_size=2)

    def project(name: str) -> dict[str, Any]:
        content: dict[str, Any] = {
            "project": {
                "name": name,
                "version": "1",
                "requires-python": ">=3.9",
                "dependencies": draw(some),
                "optional-dependencies": {extra: draw(some) for extra in EXTRAS},
            },
            "dependency-groups": {"dev": draw(some), "test": [*draw(some), {"include-group": "dev"}]},
        }
        return content

    found = {".": project("app")}
    tool: dict[str, Any] = {"package": draw(st.booleans())}
    if member:
        found["parts/member"] = project("member")
        found["parts/member"]["project"]["optional-dependencies"]["slim"] = draw(some)
        tool |= {"workspace": {"members": ["parts/*"]}, "sources": {"member": {"workspace": True}}}
        found["parts/member"]["tool"] = {"uv": {"sources": {"app": {"workspace": True}}}}
    things = [{"extra": "fast"}, {"extra": "wide"}, {"group": "dev"}, {"group": "test"}]
    if member:
        things.append({"package": "member", "extra": "slim"})
    pairs = st.lists(st.sampled_from(things), min_size=2, max_size=3, unique_by=str)
    # A group that includes another can't exclude it.
    pairs = pairs.filter(lambda things: not ({"group": "dev"} in things and {"group": "test"} in things))
    tool["conflicts"] = draw(st.lists(pairs, max_size=2))
    found["."]["tool"] = {"uv": tool}
    return found


wishes = [
    {"groups": ["main"]},
    {"groups": ["main"], "extras": ["fast"]},
    {"groups": ["main", "dev"], "extras": ["wide"]},
    {"groups": ["test"]},
    {"groups": ["main", "test"], "extras": ["fast", "wide"]},
]


def options(wish: dict[str, list[str]]) -> list[str]:
    """What is said to uv export."""
    groups = [group for group in wish["groups"] if group != "main"]
    flag = "--group" if "main" in wish["groups"] else "--only-group"
    found = [word for group in groups for word in (flag, group)]
    return [*found, *(word for extra in wish.get("extras", []) for word in ("--extra", extra))]


@pytest.mark.slow
@needs_uv
# Each example takes a second, and some can't be locked; to find a smaller one takes minutes.
@settings(max_examples=25, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.filter_too_much])
@given(releases(), projects())
def test_an_environment_has_what_uv_installs(
    evaluate: Evaluate, releases: list[Release], projects: dict[str, dict[str, Any]]
) -> None:
    with TemporaryDirectory() as scratch:
        root = Path(scratch) / "project"
        for folder, content in projects.items():
            (root / folder).mkdir(parents=True)
            write_toml(root / folder / "pyproject.toml", content)
        (Path(scratch) / "index").mkdir()
        with served(Path(scratch) / "index", releases) as index:
            assume(uv("lock", folder=root, index=index).returncode == 0)
        members = ["app", "member"] if len(projects) > 1 else ["app"]
        asked = [(member, wish) for member in members for wish in wishes]
        cases = [
            {"member": member, "wish": wish | {"python": PYTHON | {"version": version, "glibc": glibc}}}
            for member, wish in asked
            for version, glibc in PYTHONS.items()
        ]
        (Path(scratch) / "cases.json").write_text(json.dumps(cases))
        finished = evaluate("--expr", EXPRESSION.format(nix=NIX, scratch=scratch))
        assert finished.returncode == 0, finished.stderr
        found = iter(json.loads(finished.stdout))
        for member, wish in asked:
            wheels = exported(root, "--package", member, *options(wish))
            for version in PYTHONS:
                environment = {"python_version": version.rpartition(".")[0], "python_full_version": version}
                environment |= {"sys_platform": "linux", "platform_machine": "x86_64", "implementation_name": "cpython"}
                wanted = None if wheels is None else installed(wheels, environment)
                chosen = next(found)
                # uv also takes the names of extras and groups for those of the members that one depends on.
                if wanted is not None or member == "app":
                    assert chosen == wanted, (member, version, wish)


# Each lock is read once for a member. An environment that can't be is null.
EXPRESSION = """
let
  stage = import {nix}/uv2nix {{
    poetry2nix = null;
    pyproject = import {nix}/pyproject {{ systems = import {nix}/systems.nix; bootstrap = null; fetch = null; }};
  }};
  projectOf = package: stage.readProject {{ projectDir = {scratch}/project; inherit package; }};
  projects = {{ app = projectOf null; member = projectOf "member"; }};
in
map (
  case:
  let
    wheels = map (wheel: "${{wheel.project}}==${{wheel.version}}") (projects.${{case.member}}.wheelsFor case.wish);
    tried = builtins.tryEval (builtins.deepSeq wheels (builtins.sort builtins.lessThan wheels));
  in
  if tried.success then tried.value else null
) (builtins.fromJSON (builtins.readFile {scratch}/cases.json))
"""
