"""What the README says of tests in virtual machines."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine import Machine

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text()
VARIABLES = re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)


def test_the_example_is_the_one_that_is_checked() -> None:
    example = (REPOSITORY / "tests/vm/own-app/test.nix").read_text()
    assert f"```nix\n{example}```\n" in README


def test_every_method_of_a_machine_is_named() -> None:
    methods = {name for name in vars(Machine) if not name.startswith("_")}
    assert methods <= set(re.findall(r"\w+", README))


def marked(path: Path) -> Iterator[str]:
    """The sources of a module's tests with the marker `variables`, and of its constants if there are any."""
    text = path.read_text()
    tests = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    chosen = [node for node in tests if any("mark.variables" in ast.unparse(mark) for mark in node.decorator_list)]
    constants = [node for node in ast.parse(text).body if isinstance(node, ast.Assign)]
    for node in chosen + (constants if chosen else []):
        yield ast.unparse(node)


@pytest.mark.parametrize("name", VARIABLES)
def test_the_machine_of_an_image_tries_every_variable(name: str) -> None:
    sources = [source for path in (REPOSITORY / "tests/container").glob("test_*.py") for source in marked(path)]
    assert any(re.search(rf"\b{name}\b", source) for source in sources)
