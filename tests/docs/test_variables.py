"""The table of variables in docs/variables.md, against the code that reads them and the tests that set them."""

import ast
import os
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from documents import REPOSITORY, code, read, rows

CONTAINER_TESTS = sorted((REPOSITORY / "tests/container").glob("test_*.py"))

# The cells of each row of the table, by the variable's name: default, meaning, example.
TABLE = {
    name[1:-1]: cells for name, *cells in rows(read("docs/variables.md")) if re.fullmatch(r"`[A-Z_]+`", name) and cells
}


def default(name: str) -> str | None:
    """The value that the table gives as the default; None if there is none, or if it depends on anything."""
    cell = TABLE[name][0]
    return cell[1:-1] if re.fullmatch(r"`[^`$]+`", cell) else None


def source(*names: str) -> str:
    return "".join(read(f"runtime/{name}") for name in names)


def effect(**env: str) -> dict[str, object]:
    """The plain values that gunicorn_conf.py makes of the variables, by name. Raises SystemExit if one is wrong."""
    with mock.patch.dict(os.environ, env, clear=True):
        names = runpy.run_path(str(REPOSITORY / "runtime/gunicorn_conf.py"), run_name="__main__")
    return {name: value for name, value in names.items() if isinstance(value, str | int | float | None)}


def test_the_table_has_every_variable_that_the_code_reads() -> None:
    in_python = re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', source("gunicorn_conf.py", "healthcheck"))
    in_shell = re.findall(r"\$\{?([A-Z]+(?:_[A-Z]+)*)", source("start.sh", "start-reload.sh", "start-common.sh"))
    of_shells, between_scripts = {"BASH", "PATH", "PPID"}, {"START_INIT_SOCKET"}
    assert set(TABLE) == {*in_python, *in_shell} - of_shells - between_scripts


@pytest.mark.parametrize("name", TABLE)
def test_the_default_changes_nothing(name: str) -> None:
    assert effect(**{name: default(name) or ""}) == effect()


def test_the_scripts_have_the_same_defaults() -> None:
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^$}]+)\}", source("start.sh", "start-reload.sh", "start-common.sh")))
    assert {"HOST", "PRE_START_PATH", "WORKER_CLASS"} <= set(defaults)
    assert defaults == {name: default(name) for name in defaults}


# The example of GUNICORN_CONF has to be a file.
@pytest.mark.parametrize("name", [name for name in TABLE if name != "GUNICORN_CONF"])
def test_the_example_is_allowed(name: str) -> None:
    (example,) = code(TABLE[name][2])
    effect(**{name: example})


def marked(path: Path) -> Iterator[str]:
    """The sources of a module's tests with the marker `variables`, and of its constants if there are any."""
    body = ast.parse(path.read_text()).body
    tests = [node for node in body if isinstance(node, ast.FunctionDef)]
    chosen = [node for node in tests if any("mark.variables" in ast.unparse(mark) for mark in node.decorator_list)]
    constants = [node for node in body if isinstance(node, ast.Assign)]
    yield from map(ast.unparse, chosen)
    if chosen:
        yield from map(ast.unparse, constants)


@pytest.mark.parametrize("name", TABLE)
def test_the_machine_of_an_image_tries_every_variable(name: str) -> None:
    sources = [source for path in CONTAINER_TESTS for source in marked(path)]
    assert any(re.search(rf"\b{name}\b", source) for source in sources)


def test_the_list_of_what_reload_heeds_is_complete() -> None:
    heeds = re.search(r"^`/start-reload\.sh`.*? heeds (.*?)\.$", read("docs/variables.md"), re.MULTILINE | re.DOTALL)
    assert heeds
    read_by_it = re.findall(r"\$\{?([A-Z]+(?:_[A-Z]+)*)", source("start-reload.sh"))
    assert read_by_it and set(read_by_it) <= set(code(heeds[1])) <= set(TABLE)
