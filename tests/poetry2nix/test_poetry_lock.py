"""What a user sees of a lock: the wheels that an environment gets, or one line that says why not."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from made_up_lock import (
    DEV,
    NIX,
    PURE,
    RELEVANT,
    STAGE,
    Evaluate,
    WheelsOf,
    complaint,
    content_hash,
    filenames,
    package,
)


def test_a_wheel_is_described_for_the_fetcher(wheels_of: WheelsOf) -> None:
    (wheel,) = json.loads(wheels_of(PURE).stdout)
    assert wheel == {
        "project": "pure",
        "version": "1.0",
        "filename": "pure-1.0-py3-none-any.whl",
        "sha256": PURE["files"][0]["hash"].removeprefix("sha256:"),
    }


def test_wheels_come_in_the_order_of_the_lock(wheels_of: WheelsOf) -> None:
    names = ["zebra-1.0-py3-none-any.whl", "ant-1.0-py3-none-any.whl", "Bee-1.0-py3-none-any.whl"]
    assert filenames(wheels_of(*(package(name.partition("-")[0], name) for name in names))) == names


def test_native_wheels_follow_python_and_machine(wheels_of: WheelsOf) -> None:
    names = [f"x-1.0-cp{py}-cp{py}-manylinux_2_17_{arch}.whl" for py in (39, 313) for arch in ("x86_64", "aarch64")]
    native = package("x", *names, "x-1.0-py3-none-any.whl")
    assert filenames(wheels_of(native)) == [names[0]]
    assert filenames(wheels_of(native, python={"version": "3.13.5", "system": "aarch64-linux"})) == [names[3]]
    assert filenames(wheels_of(native, python={"version": "3.12.0"})) == ["x-1.0-py3-none-any.whl"]
    assert filenames(wheels_of(native, python={"glibc": "2.12"})) == ["x-1.0-py3-none-any.whl"]


def test_a_wheel_for_any_linux_is_the_last_choice(wheels_of: WheelsOf) -> None:
    names = ["x-1.0-py3-none-any.whl", "x-1.0-cp39-cp39-linux_x86_64.whl", "x-1.0-cp39-cp39-manylinux_2_5_x86_64.whl"]
    assert filenames(wheels_of(package("x", *names))) == names[2:]
    assert filenames(wheels_of(package("x", *names[:2]))) == names[1:2]
    assert filenames(wheels_of(package("x", *names[:2]), python={"system": "aarch64-linux"})) == names[:1]


def test_groups_have_markers_of_their_own(wheels_of: WheelsOf) -> None:
    packages = [
        PURE | {"markers": "python_version >= '3.10'"},
        package("both", "both-1-py3-none-any.whl", groups=["main", "dev"], markers={"main": "os_name == 'nt'"}),
        package("tool", "tool-1-py3-none-any.whl", groups=["dev"]),
    ]
    assert filenames(wheels_of(*packages, pyproject=DEV)) == []
    assert filenames(wheels_of(*packages, pyproject=DEV, groups=["Dev"])) == [
        "both-1-py3-none-any.whl",
        "tool-1-py3-none-any.whl",
    ]


@pytest.mark.parametrize(
    ("marker", "holds"), [(">= '3.9.*'", True), ("< '3.9.*'", False), ("> '3.10.*'", False), ("<= '4.0.*'", True)]
)
def test_markers_have_a_star_behind_an_order_too(wheels_of: WheelsOf, marker: str, holds: bool) -> None:
    for variable in ("python_version", "python_full_version"):
        finished = wheels_of(PURE | {"markers": f"{variable} {marker}"})
        assert filenames(finished) == (["pure-1.0-py3-none-any.whl"] if holds else [])


def test_extras_are_asked_for_by_any_spelling(wheels_of: WheelsOf) -> None:
    optional = PURE | {"optional": True, "markers": 'extra == "my-extra" or extra == "all"'}
    lock_extras = {"my-extra": ["pure"], "all": ["pure"], "other": []}
    assert filenames(wheels_of(optional, lock_extras=lock_extras)) == []
    assert filenames(wheels_of(optional, lock_extras=lock_extras, extras=["other"])) == []
    assert filenames(wheels_of(optional, lock_extras=lock_extras, extras=["other", "My_Extra"])) == [
        "pure-1.0-py3-none-any.whl"
    ]


@pytest.mark.parametrize(
    ("constraint", "version", "allowed"),
    [
        (">=3.9,<3.14", "3.13.5", True),
        (">=3.9,<3.14", "3.14.0", False),
        (">= 3.9 <3.14", "3.8.20", False),
        ("^3.9", "3.14.0", True),
        ("^3.9", "3.8.0", False),
        ("~3.9", "3.9.2", True),
        ("~3.9", "3.10.0", False),
        ("~3", "3.10.0", True),
        ("~=3.9", "3.13.5", True),
        ("3.9.*", "3.9.2", True),
        ("3.9", "3.9.2", False),
        ("~3.9 || >=3.11, !=3.12.*", "3.9.2", True),
        ("~3.9 || >=3.11, !=3.12.*", "3.12.1", False),
        ("~3.9||>=3.11", "3.10.1", False),
        ("*", "3.9.2", True),
        (">=3.9.*", "3.9.2", True),
        (">= 3.10.*", "3.9.2", False),
        (">=3.9.*,<4.0.*", "3.13.5", True),
        (">=3.8.*,<3.9.*", "3.9.2", False),
        ("<=3.9.*", "3.9.2", False),
        (">3.9.*", "3.9.2", True),
        ("~=3.9.0", "3.9.2", True),
        ("~=3.9.0", "3.10.0", False),
        ("==3.*", "3.9.2", True),
        ("!=3.9.*", "3.9.2", False),
        ("^3.10 || >=3.9.*, !=3.9.0", "3.9.2", True),
        (">=v3.10", "3.9.2", False),
    ],
)
def test_a_lock_holds_for_its_versions_of_python(
    wheels_of: WheelsOf, constraint: str, version: str, allowed: bool
) -> None:
    finished = wheels_of(PURE, metadata={"python-versions": constraint}, python={"version": version})
    if allowed:
        assert filenames(finished) == ["pure-1.0-py3-none-any.whl"]
    else:
        assert f"made for Python {constraint}, not {version}" in complaint(finished)


def test_formats_that_are_not_read(wheels_of: WheelsOf) -> None:
    for version in ("1.1", "2.0"):
        finished = wheels_of(PURE, metadata={"lock-version": version})
        assert f"poetry.lock: format {version} is older than 2.1, which Poetry 2 writes; " in complaint(finished)
        assert complaint(finished).endswith("run poetry lock")
    assert "newer" in complaint(wheels_of(PURE, metadata={"lock-version": "3.0"}))
    assert filenames(wheels_of(PURE, metadata={"lock-version": "2.2"}))


def test_a_stale_lock(wheels_of: WheelsOf) -> None:
    finished = wheels_of(PURE, metadata={"content-hash": "0" * 64})
    assert "poetry.lock: not made from this " in complaint(finished)
    assert complaint(finished).endswith("pyproject.toml; run poetry lock")


def test_poetry_did_not_always_hash_dependency_groups(wheels_of: WheelsOf) -> None:
    pyproject = {"project": {"requires-python": ">=3.9"}, "dependency-groups": {"dev": ["pure"]}}
    old = {"content-hash": content_hash({"project": pyproject["project"]})}
    assert filenames(wheels_of(PURE, pyproject=pyproject))
    assert filenames(wheels_of(PURE, pyproject=pyproject, metadata=old, comment="@generated by Poetry 2.2.1"))
    assert "not made from this" in complaint(wheels_of(PURE, pyproject=pyproject, metadata=old))


def test_the_group_of_old_projects(wheels_of: WheelsOf) -> None:
    pyproject = {"tool": {"poetry": {"dependencies": {"python": "^3.9"}, "dev-dependencies": {"tool": "*"}}}}
    tool = package("tool", "tool-1-py3-none-any.whl", groups=["dev"])
    assert filenames(wheels_of(PURE, tool, pyproject=pyproject)) == ["pure-1.0-py3-none-any.whl"]
    assert filenames(wheels_of(PURE, tool, pyproject=pyproject, groups=["dev"])) == ["tool-1-py3-none-any.whl"]


def test_unknown_names(wheels_of: WheelsOf) -> None:
    assert "no group docs; it has main, dev" in complaint(wheels_of(PURE, pyproject=DEV, groups=["main", "docs"]))
    assert "no extra full; it has none" in complaint(wheels_of(PURE, extras=["full"]))
    assert "no extra full; it has fast" in complaint(wheels_of(PURE, lock_extras={"fast": []}, extras=["full"]))
    unknown = complaint(wheels_of(PURE, python={"system": "riscv64-linux"}))
    assert "riscv64-linux" in unknown and "x86_64-linux" in unknown


def test_no_wheel_fits(wheels_of: WheelsOf) -> None:
    names = [f"uvloop-0.21.0-cp{minor}-cp{minor}-win_amd64.whl" for minor in range(39, 50)]
    line = complaint(wheels_of(package("uvloop", *names, version="0.21.0")))
    assert "uvloop 0.21.0: no wheel fits Python 3.9.2 on x86_64-linux with glibc 2.31; " in line
    assert f"the lock offers: {names[0]}, " in line and " and 7 more; " in line
    assert "the lock offers: no file" in complaint(wheels_of(package("old", "old-1.0.exe")))


def test_hashes(wheels_of: WheelsOf) -> None:
    md5 = {"file": "pure-1.0-py3-none-any.whl", "hash": "md5:0"}
    assert "md5:0 is not a sha256" in complaint(wheels_of(PURE | {"files": [md5]}))


def test_two_versions_at_once(wheels_of: WheelsOf) -> None:
    other = package("pure", "pure-2.0-py3-none-any.whl", version="2.0")
    assert "would get pure 1.0, pure 2.0 at once; run poetry lock" in complaint(wheels_of(PURE, other))


def test_two_versions_at_once_name_the_markers_that_overlap(wheels_of: WheelsOf) -> None:
    old = PURE | {"groups": ["main", "dev"], "markers": {"main": "python_version < '3.10'", "dev": "os_name == 'nt'"}}
    new = package("pure", "pure-2.0-py3-none-any.whl", version="2.0", markers="sys_platform == 'linux'")
    line = complaint(wheels_of(old, new, pyproject=DEV, groups=["main", "dev"]))
    assert "would get pure 1.0 (python_version < '3.10'), pure 2.0 (sys_platform == 'linux') at once, as these" in line
    assert line.endswith("markers overlap; run poetry lock")
    endless = new | {"markers": "sys_platform == 'linux' or os_name == '" + "\x1b" * 300 + "'"}
    line = complaint(wheels_of(old, endless))
    assert "as these markers overlap" in line and len(line) < 800 and line.isprintable()


def test_a_marker_with_an_error(wheels_of: WheelsOf) -> None:
    assert "marker os_name == : expected" in complaint(wheels_of(PURE | {"markers": "os_name == "}))


def test_content_hashes_are_those_of_poetry(evaluate: Evaluate, tmp_path: Path) -> None:
    chance = random.Random(0)

    def value(depth: int) -> Any:
        if depth == 0 or chance.random() < 0.4:
            return chance.choice(["*", 'a "quoted" one', "back\\slash", True, 7, [], {}, "tab\t"])
        items = [value(depth - 1) for _ in range(chance.randrange(3))]
        return items if chance.random() < 0.3 else {f"key-{chance.randrange(99)}": item for item in items}

    def table(*keys: str) -> dict[str, Any]:
        return {key: value(3) for key in keys if chance.random() < 0.6}

    projects = [
        {
            "project": table(*RELEVANT["project"], "name"),
            "dependency-groups": table("dev", "docs"),
            "tool": {"poetry": table(*RELEVANT["poetry"], "version")},
        }
        for _ in range(300)
    ]
    (tmp_path / "projects.json").write_text(json.dumps(projects))
    finished = evaluate(
        "--expr",
        f"""
        map
          (pyproject: import {NIX}/poetry2nix/poetry-content-hash.nix {{ inherit pyproject; withGroups = true; }})
          (builtins.fromJSON (builtins.readFile {tmp_path}/projects.json))
        """,
    )
    assert json.loads(finished.stdout) == [content_hash(project) for project in projects]


@pytest.mark.parametrize("system", ["x86_64-linux", "aarch64-linux"])
@pytest.mark.parametrize(("version", "glibc"), [("3.9.2", "2.31"), ("3.11.2", "2.36"), ("3.13.5", "2.41")])
def test_the_runtime_has_wheels_for_every_image(evaluate: Evaluate, version: str, glibc: str, system: str) -> None:
    finished = evaluate(
        "--expr",
        f"""
        (({STAGE}.readProject {{
          projectDir = {NIX}/../runtime;
        }}).wheelsFor {{
          python = {{ version = "{version}"; glibc = "{glibc}"; system = "{system}"; implementation = "cpython"; }};
          groups = [ "main" "pip" ];
        }})
        """,
    )
    projects = {wheel["project"] for wheel in json.loads(finished.stdout)}
    assert {"fastapi", "gunicorn", "uvicorn", "uvloop", "httptools", "pip"} <= projects
    assert "colorama" not in projects
