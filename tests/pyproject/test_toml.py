"""TOML with dates and with inline tables of several lines, compared with Python's own reader."""

import datetime
import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from made_up_toml import as_text

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]
READER = Path(__file__).parents[2] / "nix/pyproject/toml.nix"

DOCUMENTS = [
    "",
    "a = 2026-01-01",
    "a = 2026-01-01T00:00:00Z\nb = 2026-01-01 00:00:00.5+01:00 # 2026-01-01",
    "a=07:32:00\nb = [ 1979-05-27, 1979-05-27t07:32:00.999999-07:00,]",
    'a = "2026-01-01"\n"2026-01-01" = 1',
    "a = '2026-01-01 \\'\nb = 07:32:00",
    'a = """x 2026-01-01 "" {\n\n"""\nb = {c = 1979-05-27, d = [1979-05-27, 07:32:00]}',
    "2026-01-01 = 3\nv-2026-01-01 = 4\n2026-01-01-v = 5\n[a.2026-01-01]\nx = 1",
    'a = { b = 1 }\n# comment { " \nc = 2026-01-01T00:00:00.123456Z',
    "a = [\n {b = 2026-01-01},\n {b = 2026-01-01T01:02:03-07:00},\n]",
    "a = '''x'2026-01-01\\'''\nb=1979-05-27",
    "a = ''''2026-01-01'''''\nb=1979-05-27",
    'a = "\\"2026-01-01\\\\"\nb=1979-05-27',
    'a = """"quoted 2026-01-01""""\nb = 1979-05-27',
    'a = """\\"""2026-01-01"""\nb = 1979-05-27',
    'a = ""\nb = 1979-05-27',
    "a = ''\nb = 1979-05-27",
    'a = """"""\nb=1979-05-27',
    "a = ''''''\nb=1979-05-27",
    "a = {}\nb=[1979-05-27,]",
    "a = [ '{', \"}\", '''{\n''' ]\nb = 1979-05-27\n",
]


@pytest.fixture(scope="module")
def read(evaluate: Evaluate, tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str]], list[Any]]:
    """read([document]) -> what each holds, with a string in the place of a date."""

    def run(documents: list[str]) -> list[Any]:
        folder = tmp_path_factory.mktemp("toml")
        (folder / "documents.json").write_text(json.dumps(documents))
        finished = evaluate(
            "--expr", f"map (import {READER}) (builtins.fromJSON (builtins.readFile {folder}/documents.json))"
        )
        assert finished.returncode == 0, finished.stderr
        found: list[Any] = json.loads(finished.stdout)
        return found

    return run


def without_dates(value: Any, document: str) -> Any:
    """A value as JSON: a date is the text that the document has of it."""
    if isinstance(value, dict):
        return {key: without_dates(item, document) for key, item in value.items()}
    if isinstance(value, list):
        return [without_dates(item, document) for item in value]
    if isinstance(value, datetime.date | datetime.time):
        text = as_text(value)
        spellings = {
            text.replace("T", between).replace("+00:00", zone) for between in "T t" for zone in ("Z", "+00:00")
        }
        (spelling,) = {spelling for spelling in spellings if spelling in document}
        return spelling
    return value


def parse(document: str) -> Any:
    # Fractions of a second that end with zeros would be written without these.
    return without_dates(tomllib.loads(document), document.replace("00.5+", "00.500000+"))


def test_dates_are_strings_and_strings_stay(read: Callable[[list[str]], list[Any]]) -> None:
    documents = [document.replace("00.5+", "00.500000+") for document in DOCUMENTS]
    assert read(documents) == [parse(document) for document in documents]


def test_inline_tables_of_several_lines(read: Callable[[list[str]], list[Any]]) -> None:
    # Python 3.11 does not read them either: each is beside what it is in one line.
    pairs = {
        'a = {\n b = 1, # c } "\n c = [1,2,],\n\n d = "x",\n}\ne = 1': 'a = {b = 1, c = [1,2], d = "x"}\ne = 1',
        'a = [\n {\n  b = "x,\\n}",\n  c = { d = 1,\n },\n }, # x\n]\n': 'a = [{b = "x,\\n}", c = {d = 1}}]',
        "a = { b = 1 , # it's\n }\nc = 1979-05-27": 'a = {b = 1}\nc = "1979-05-27"',
        "a = { b = 1 # y\n , c = 2\r\n }": "a = {b = 1, c = 2}",
        "a = {\n}": "a = {}",
    }
    assert read(list(pairs)) == [tomllib.loads(document) for document in pairs.values()]


def test_a_long_text(read: Callable[[list[str]], list[Any]]) -> None:
    string = "2026-01-01 { ' # " * 20_000
    lines = "".join(f"k{i} = 2026-01-01T00:00:00Z\n" for i in range(5_000))
    (found,) = read([f'a = "{string}"\n{lines}'])
    assert found["a"] == string and len(found) == 5_001
