"""Locks of which a word would be something else to whoever reads it next: Nix, pip, a terminal."""

from typing import Any

import pytest

from made_up_lock import PURE, WheelsOf, complaint, filenames, package

NAMES = [
    "",
    "a b",
    "a\n",
    "\na",
    "-r",
    "--pre",
    "a;b",
    "a[b]",
    "a@b",
    "evil @ file:///x\n#",
    "a#",
    "é",
    "a/../b",
    ".",
    1,
]
VERSIONS = [
    "",
    "1 --hash=sha256:0\n--no-index",
    "1\n",
    " 1",
    "1;",
    "1,2",
    "*",
    "1.*",
    "one",
    "1\x1b[2J",
    "\u0661",
    ["1"],
]
FILES = [
    "",
    "../x-1-py3-none-any.whl",
    "x-1-py3-none-any.whl\n",
    "x 1.whl",
    "-x-1-py3-none-any.whl",
    ".whl",
    "x\x00",
    {},
]
HASHES = ["", "sha256", "sha256:", "sha256:0 --pre", "sha256:\n", "sha256:G", f"sha256:{'0' * 64}\n"]


def word(value: Any) -> Any:
    """A value as JSON and TOML both have it; neither has a NUL."""
    return value.replace("\x00", "\x01") if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        *(({"name": name}, "is not a name") for name in NAMES),
        *(({"version": version}, "is not a version") for version in VERSIONS),
        ({"groups": ["main", "a\nb"]}, "is not a name"),
        ({"groups": "main"}, "is not a list"),
        ({"markers": {"main\n": ""}}, "is not a name"),
        ({"markers": {"main": 1}}, "is not a text"),
        ({"markers": "os_name == '" + "x" * 10_000 + "'"}, "is not a text of at most 10000 characters"),
    ],
)
def test_a_package_with_a_word_of_another_form(wheels_of: WheelsOf, changes: dict[str, Any], says: str) -> None:
    # It is not one of those that the environment gets.
    line = complaint(wheels_of(PURE, PURE | {"name": "other", "groups": []} | changes))
    assert line.startswith("error: poetry2nix: /") and "/poetry.lock: " in line and says in line
    assert line.endswith("; run poetry lock") and line.isprintable() and len(line) < 600
    assert "other" in line or "name" in changes


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        *(({"files": [{"file": word(file), "hash": "sha256:0"}]}, "is not the name of a file") for file in FILES),
        *(({"files": [{"file": "pure-1.0.tar.gz", "hash": hash}]}, "is not a hash") for hash in HASHES),
        ({"files": 7}, "is not the name of a file"),
        ({"files": [7]}, "is not the name of a file"),
        ({"source": {"type": "git\n"}}, "is not a name"),
    ],
)
def test_files_and_sources_of_another_form(wheels_of: WheelsOf, changes: dict[str, Any], says: str) -> None:
    """Those of a package that the environment gets: no others are read."""
    line = complaint(wheels_of(PURE | changes))
    assert line.startswith("error: poetry2nix: /") and "/poetry.lock: pure 1.0: " in line and says in line
    assert line.endswith("; run poetry lock") and line.isprintable() and len(line) < 600


@pytest.mark.parametrize("field", ["name", "version", "file", "hash"])
def test_words_without_an_end(wheels_of: WheelsOf, field: str) -> None:
    endless = "1" * 300_000
    file = {"file": "pure-1.0-py3-none-any.whl", "hash": "sha256:0"}
    changes = {"files": [file | {field: endless}]} if field in file else {field: endless}
    line = complaint(wheels_of(PURE | changes))
    assert "is not a" in line or "is not the name of a file" in line
    assert len(line) < 600


@pytest.mark.parametrize("extra", ["a b", "a\n", "-x"])
def test_an_extra_with_another_form(wheels_of: WheelsOf, extra: str) -> None:
    assert "extras: " in complaint(wheels_of(PURE, lock_extras={extra: []}))


@pytest.mark.parametrize("place", ["group", "dependency-groups"])
def test_a_group_of_the_project_with_another_form(wheels_of: WheelsOf, place: str) -> None:
    groups: dict[str, Any] = {"dev\x1b[2J": {}}
    pyproject = {"tool": {"poetry": {"group": groups}}} if place == "group" else {place: groups}
    line = complaint(wheels_of(PURE, pyproject=pyproject))
    assert '"dev?[2J" is not a name' in line and "/pyproject.toml" in line


@pytest.mark.parametrize(
    "constraint", ["=>3", "~=3", "~=3.9.*", "<>3", "==3.9.*.*", ">=3.9 or so", "python", ">=3.9;<4"]
)
def test_a_constraint_that_is_none(wheels_of: WheelsOf, constraint: str) -> None:
    assert "is no range of Python versions; run poetry lock" in complaint(
        wheels_of(PURE, metadata={"python-versions": constraint})
    )


def test_a_marker_is_not_the_terminals(wheels_of: WheelsOf) -> None:
    line = complaint(wheels_of(PURE | {"markers": "os_name \x1b[2J\n == 'x'"}))
    assert line.startswith("error: pyproject: marker os_name ?[2J? == ") and line.isprintable()


@pytest.mark.parametrize(
    "marker", ["(" * 9000, "(" * 990 + "os_name == 'x'" + ")" * 990, "python_version >= '" + "9" * 9000 + "'"]
)
def test_a_marker_without_an_end(wheels_of: WheelsOf, marker: str) -> None:
    finished = wheels_of(PURE | {"markers": marker})
    assert finished.returncode == 0 or len(complaint(finished)) < 600


@pytest.mark.parametrize("version", ["1.99999999999999999999", "18446744073709551615", "9223372036854775808!1"])
def test_numbers_that_nix_has_not(wheels_of: WheelsOf, version: str) -> None:
    name = f"pure-{version}-py3-none-any.whl"
    assert filenames(wheels_of(package("pure", name, version=version))) == [name]


def test_names_that_differ_in_spelling_are_one(wheels_of: WheelsOf) -> None:
    other = package("Pu.re", "pu_re-2.0-py3-none-any.whl", version="2.0")
    assert "at once" in complaint(wheels_of(PURE | {"name": "pu-re"}, other))
