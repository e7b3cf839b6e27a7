"""The README's table of variables, against the code that reads them."""

import re
from pathlib import Path

import pytest

from gunicorn_settings import run

REPOSITORY = Path(__file__).parents[2]
ROW = re.compile(r"\| `([A-Z_]+)` \| (.*?) ?\| .+? \| `(.+)` \|")
LITERAL = re.compile(r"`([^`$]+)`")
ROWS = map(ROW.fullmatch, (REPOSITORY / "README.md").read_text().splitlines())
TABLE = {row[1]: (row[2], row[3]) for row in ROWS if row}


def source(*names: str) -> str:
    return "".join((REPOSITORY / "runtime" / name).read_text() for name in names)


def effect(**env: str) -> dict[str, object]:
    """What gunicorn_conf.py makes of the variables: its names of plain values."""
    done = run(env)
    assert (done.status, done.stderr) == (0, "")
    return {name: value for name, value in done.names.items() if isinstance(value, (str, int, float, type(None)))}


def test_the_table_has_every_variable_that_the_code_reads() -> None:
    in_python = re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', source("gunicorn_conf.py", "healthcheck"))
    in_shell = re.findall(r"\$\{?([A-Z]+(?:_[A-Z]+)*)", source("start.sh", "start-reload.sh", "start-common.sh"))
    assert set(TABLE) == {*in_python, *in_shell} - {"PATH"}


@pytest.mark.parametrize("name", TABLE)
def test_the_default_changes_nothing(name: str) -> None:
    default = LITERAL.fullmatch(TABLE[name][0])
    assert effect(**{name: default[1] if default else ""}) == effect()


def test_the_scripts_have_the_same_defaults() -> None:
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^$}]+)\}", source("start.sh", "start-reload.sh", "start-common.sh")))
    assert {"HOST", "PRE_START_PATH", "WORKER_CLASS"} <= set(defaults)
    assert defaults == {name: LITERAL.fullmatch(TABLE[name][0])[1] for name in defaults}


# The example of GUNICORN_CONF has to be a file.
@pytest.mark.parametrize("name", TABLE.keys() - {"GUNICORN_CONF"})
def test_the_example_is_allowed(name: str) -> None:
    effect(**{name: TABLE[name][1]})
