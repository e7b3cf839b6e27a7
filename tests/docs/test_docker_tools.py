"""docs/docker-tools.md, against what the functions take."""

from collections.abc import Callable
from typing import Any

from documents import code, read, table

PAGE = read("docs/docker-tools.md")
TOOLS = "outputs.lib.x86_64-linux.dockerTools"
# Takes an argument of any value, and is true if that alone is no error.
TAKES = 'name: value: (builtins.tryEval (tools.buildImage { name = "a"; ${name} = value; }).imageName).success'

Outputs = Callable[[str], Any]


def test_the_table_has_every_argument(outputs: Outputs) -> None:
    listed = [(name, here) for first, here in table(PAGE, "argument", "here") for name in code(first)]
    refused = {name for name, here in listed if here.startswith("no")}
    assert len(listed) == len(dict(listed))
    taken = {
        name
        for function in ("buildImage", "buildLayeredImage", "streamLayeredImage")
        for name in outputs(f"builtins.functionArgs {TOOLS}.{function}")
    }
    assert taken <= dict(listed).keys() - refused
    # The others are taken with one value only, or without effect.
    others = dict(listed).keys() - taken
    values = "[ true 1 ]"
    for name in others:
        takes = outputs(f'let tools = {TOOLS}; in map (({TAKES}) "{name}") {values}')
        assert any(takes) == (name in ("diskSize", "buildVMMemorySize")), name


def test_the_table_has_every_function(outputs: Outputs) -> None:
    listed = {name: here for first, here in table(PAGE, "function", "here") for name in code(first)}
    assert set(outputs(f"builtins.attrNames {TOOLS}")) - {"rfc3339"} == listed.keys()
    for name, here in listed.items():
        there = outputs(f"(builtins.tryEval {TOOLS}.{name}).success")
        assert there == (not here.startswith("no")), name
