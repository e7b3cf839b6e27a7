"""docs/vm-tests.md, against the driver and the example that is tested."""

import re

import pytest

from documents import blocks, code, read, rows
from machine import Machine

PAGE = read("docs/vm-tests.md")


def test_the_example_is_the_one_that_is_tested() -> None:
    assert read("tests/vm/own-app/test.nix") in blocks(PAGE, "nix")


@pytest.mark.parametrize("method", [name for name in dir(Machine) if not name.startswith("_")])
def test_every_method_of_a_machine_is_named(method: str) -> None:
    assert f"`{method}`" in PAGE


def test_the_table_has_every_attribute_of_a_node_with_its_default() -> None:
    defaults = dict(re.findall(r"node\.(\w+) or (.+?);?$", read("nix/testers/default.nix"), re.MULTILINE))
    assert {"cores", "files"} <= set(defaults)
    table = {code(name)[0]: default for name, default, _ in rows(PAGE)[1:]}
    assert table == {name: value if value.isdigit() else "none" for name, value in defaults.items()}
