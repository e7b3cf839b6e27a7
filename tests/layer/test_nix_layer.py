"""The arguments of mkTreeLayer: what is no layer is one line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LAYER = Path(__file__).parents[2] / "nix" / "layer"

Make = Callable[[str], Any]


@pytest.fixture
def make(evaluate: Callable[..., Any]) -> Make:
    """make(arguments) -> the finished evaluation of a layer's name, with a builder that is never run."""

    def run(arguments: str) -> Any:
        return evaluate(
            "--expr",
            f"""
            let
              bootstrap = {{ busybox = "/busybox"; runPython = args: {{ inherit (args) name; }}; }};
              layer = import {LAYER} {{ inherit bootstrap; }};
            in
            (layer.mkTreeLayer {{ name = "a"; {arguments} }}).name
            """,
        )

    return run


def test_what_a_layer_takes(make: Make) -> None:
    arguments = """
        trees = [ { path = ./.; } { path = ./.; prefix = "b"; linked = true; } { path = derivation; } ];
        links."usr/bin/a" = "/a";
        modes.a = "0640";
        owners.a = "1:1";
        mtime = 5;
        commands = [ { name = "x"; text = "true"; } ];
    """
    derivation = '{ outPath = "/nix/store/x"; }'
    assert make(arguments.replace("derivation", derivation)).stdout.strip() == '"a"'


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("trees = [ ]; mode = 1; user = 2;", "mode, user: no such argument; there are below, commands, "),
        ("trees = ./.;", "trees: a path is not a list of sets such as { path = "),
        ("trees = [ ./. ];", "trees: a list is not a list of sets"),
        ("trees = [ { } ];", "trees: a list is not a list of sets"),
        ("trees = [ { path = 1; } ];", "trees: a list is not a list of sets"),
        ("trees = [ { path = ./.; prefx = 1; } ];", "trees: a list is not a list of sets"),
        ("trees = [ ]; links = [ ];", "links: a list is not a set such as"),
        ('trees = [ ]; modes = "0640";', 'modes: "0640" is not a set such as'),
        ("trees = [ ]; owners = 5;", "owners: 5 is not a set such as"),
        ('trees = [ ]; mtime = "now";', 'mtime: "now" is not a whole number of seconds'),
        ('trees = [ ]; commands = "true";', 'commands: "true" is not a list of sets such as'),
        ('trees = [ ]; commands = [ "true" ];', "commands: a list is not a list of sets"),
        ('trees = [ ]; commands = [ { text = "true"; } ];', "commands: a list is not a list of sets"),
    ],
)
def test_what_is_refused(make: Make, arguments: str, says: str) -> None:
    refused = make(arguments)
    assert refused.returncode != 0
    (line,) = re.findall("error: (layer: .*)", refused.stderr)
    assert line.startswith(f"layer: a: {says}")
