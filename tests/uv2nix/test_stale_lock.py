"""A uv.lock that was made from another pyproject.toml is refused, one that only differs in writing is not."""

from datetime import date
from typing import Any

import pytest

from made_up_lock import complaint, filenames
from made_up_uv_lock import PURE, WheelsOf, package, project

LOCKED: dict[str, Any] = {
    "requires-dist": [
        {"name": "pure", "extras": ["fast", "wide"], "specifier": ">=1.0,<2"},
        {"name": "pure", "marker": "sys_platform == 'win32'", "specifier": "==3"},
        {"name": "tool", "marker": "extra == 'all-of'"},
        {"name": "app", "extras": ["all-of"], "marker": "extra == 'more'"},
    ],
    "provides-extras": ["all-of", "more"],
    "requires-dev": {"dev": [{"name": "pure"}, {"name": "tool", "specifier": "==1.*"}], "lint": [{"name": "pure"}]},
}
WRITTEN: dict[str, Any] = {
    "project": {
        "name": "App",
        "version": "1",
        "dependencies": ["Pure[wide, fast] (<2, >= 1.0) ; python_version < '4'"],
        "optional-dependencies": {"all_of": ["tool"], "more": ["app[all-of]"]},
    },
    "dependency-groups": {"Dev": ["tool==1.*", {"include-group": "LINT"}], "lint": ["pure"]},
}
EDGES: dict[str, Any] = {
    "optional-dependencies": {"all-of": [{"name": "tool"}]},
    "dev-dependencies": {"dev": [{"name": "pure"}, {"name": "tool"}], "lint": [{"name": "pure"}]},
}


def written(**changes: Any) -> dict[str, Any]:
    """WRITTEN with other values of [project]."""
    return WRITTEN | {"project": WRITTEN["project"] | changes}


def chosen(wheels_of: WheelsOf, pyproject: dict[str, Any], metadata: Any = LOCKED) -> Any:
    tables = EDGES | ({"metadata": metadata} if metadata else {})
    return wheels_of(project("pure", **tables), PURE, package("tool"), pyprojects={".": pyproject})


FRESH = {
    "as it was locked": WRITTEN,
    "another version": written(version="2", description="new"),
    "for another system": written(
        dependencies=[*WRITTEN["project"]["dependencies"], "pure==4 ; sys_platform == 'win32'", "x ; os_name == 'nt'"]
    ),
    "known to the build backend": written(dependencies=[], dynamic=["dependencies"]),
    "a date": WRITTEN | {"tool": {"x": {"at": date(2026, 1, 1)}}},
}


@pytest.mark.parametrize("pyproject", FRESH.values(), ids=FRESH)
def test_what_does_not_matter(wheels_of: WheelsOf, pyproject: dict[str, Any]) -> None:
    assert filenames(chosen(wheels_of, pyproject)) == ["pure-1.0-py3-none-any.whl"]


def test_a_lock_that_notes_nothing(wheels_of: WheelsOf) -> None:
    assert filenames(chosen(wheels_of, WRITTEN, metadata=None)) == ["pure-1.0-py3-none-any.whl"]


def test_sources_stand_in_the_place_of_versions(wheels_of: WheelsOf) -> None:
    sources = {"uv": {"sources": {"PURE": {"git": "https://git.example/pure"}}}}
    requires = [{"name": "pure", "git": "https://git.example/pure"}]
    metadata = {"requires-dist": requires}
    project = {"name": "app", "dependencies": ["pure>=1"]}
    assert filenames(chosen(wheels_of, {"project": project, "tool": sources}, metadata))
    assert "pure in its dependencies" in complaint(chosen(wheels_of, {"project": project}, metadata))
    direct = {"name": "app", "dependencies": ["pure @ git+https://git.example/pure"]}
    assert filenames(chosen(wheels_of, {"project": direct}, metadata))


STALE = {
    "one more": (written(dependencies=[*WRITTEN["project"]["dependencies"], "tool"]), "tool in its dependencies"),
    "one less": (written(dependencies=[]), "pure in its dependencies"),
    "another range": (written(dependencies=["pure[fast,wide]>=1.0,<3"]), "pure in its dependencies"),
    "another extra": (written(dependencies=["pure[fast]>=1.0,<2"]), "pure in its dependencies"),
    "another marker": (
        written(dependencies=["pure[fast,wide]>=1.0,<2 ; sys_platform == 'win32'"]),
        "pure in its dependencies",
    ),
    "no requirement": (written(dependencies=["pure[fast,wide]>=1.0,<2", ">=3"]), ">=3 in its dependencies"),
    "an optional one": (written(**{"optional-dependencies": {"all-of": ["tool>1"]}}), "tool in its extra all-of"),
    "one of a group": (
        WRITTEN | {"dependency-groups": {"dev": ["tool==1.*"], "lint": ["pure"]}},
        "pure in its group dev",
    ),
    "an included one": (
        WRITTEN | {"dependency-groups": WRITTEN["dependency-groups"] | {"lint": ["pure", "tool"]}},
        "tool in its group",
    ),
    "a group": (
        WRITTEN | {"dependency-groups": WRITTEN["dependency-groups"] | {"docs": ["pure"]}},
        "pure in its group docs",
    ),
}


@pytest.mark.parametrize(("pyproject", "says"), STALE.values(), ids=STALE)
def test_a_stale_lock(wheels_of: WheelsOf, pyproject: dict[str, Any], says: str) -> None:
    line = complaint(chosen(wheels_of, pyproject))
    assert "uv.lock: not made from this /" in line and f"/pyproject.toml: {says}" in line
    assert line.endswith(" differs; run uv lock")


def test_a_member_of_the_workspace_is_stale(wheels_of: WheelsOf) -> None:
    head = {"manifest": {"members": ["app", "lib"]}}
    lib = project("pure", name="lib", source={"editable": "parts/lib"}, metadata={"requires-dist": [{"name": "pure"}]})
    app = project("lib", metadata={"requires-dist": [{"name": "lib", "editable": "parts/lib"}]})
    pyprojects: dict[str, Any] = {
        ".": {
            "project": {"name": "app", "dependencies": ["lib"]},
            "tool": {"uv": {"sources": {"lib": {"workspace": True}}}},
        },
        "parts/lib": {"project": {"name": "lib", "dependencies": ["pure"]}},
    }
    assert filenames(wheels_of(app, lib, PURE, head=head, pyprojects=pyprojects))
    pyprojects["parts/lib"]["project"]["dependencies"] = ["pure>1"]
    line = complaint(wheels_of(app, lib, PURE, head=head, pyprojects=pyprojects))
    assert "parts/lib/pyproject.toml: pure in its dependencies differs" in line
