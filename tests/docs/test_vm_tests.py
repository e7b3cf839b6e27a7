"""docs/vm-tests.md, against the driver, runTest and the example that is tested."""

import re

import pytest

import names
from documents import blocks, code, read, rows
from driver import Driver
from machine import Machine

PAGE = read("docs/vm-tests.md")


def section(title: str) -> str:
    """The text below this heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_example_is_the_one_that_is_tested() -> None:
    assert read("tests/vm/own-app/test.nix") in blocks(PAGE, "nix")


@pytest.mark.parametrize("method", [name for name in dir(Machine) if not name.startswith("_")])
def test_every_method_of_a_machine_is_named(method: str) -> None:
    assert re.search(rf"`{method}[`(]", section("The script"))


@pytest.mark.parametrize("name", Driver.SYMBOLS)
def test_every_name_of_a_script_is_explained(name: str) -> None:
    named = [symbol for cells in rows(section("The script")) for symbol in code(cells[0])]
    assert any(re.match(rf"{name}\b", symbol) for symbol in named)


@pytest.mark.parametrize("name", [*names.FOREIGN, *names.FOREIGN_OF_MACHINES, *names.FOREIGN_SYMBOLS])
def test_every_name_that_is_missing_is_told(name: str) -> None:
    assert name in [symbol for cells in rows(section("The script")) for symbol in code(cells[0])]


def test_the_table_has_every_attribute_of_a_node_with_its_default() -> None:
    source = read("nix/testers/node.nix")
    sizes = dict(re.findall(r"^    (\w+) = ([0-9]+);$", source, re.MULTILINE))
    lists = re.findall(
        r"^    (\w+) = null;$", source.partition("forms = ")[2].partition("environment")[0], re.MULTILINE
    )
    assert {"cores", "memorySize"} <= set(sizes) and {"files", "packages"} == set(lists)
    table = {code(cells[0])[0]: cells[2] for cells in rows(section("Nodes"))[1:]}
    assert table == sizes | dict.fromkeys(lists, "none")


def test_the_table_has_every_argument_of_a_test() -> None:
    arguments = re.findall(r"^    (\w+) = null;$", read("nix/testers/test.nix"), re.MULTILINE)
    assert {"name", "testScript"} <= set(arguments)
    assert {*arguments, "skipLint"} == {code(cells[0])[0] for cells in rows(section("The test"))[1:]}
