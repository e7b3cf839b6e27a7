"""The Nix functions, evaluated with builders that are never run."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NIX = Path(__file__).parents[2] / "nix"

pytestmark = pytest.mark.skipif(shutil.which("nix-instantiate") is None, reason="needs Nix")


def evaluate(expression: str) -> "subprocess.CompletedProcess[str]":
    """Evaluate with `tools` and `layer` in scope; a derivation is its output path."""
    text = f"""
      let
        system = "x86_64-linux";
        fake = args: derivation {{ inherit system; inherit (args) name; builder = "none"; all = builtins.toJSON args; }};
        tools = import {NIX}/docker-tools {{
          inherit system;
          systems = import {NIX}/systems.nix;
          bootstrap = {{ busybox = "/busybox"; python = "/python"; runPython = fake; runShell = fake; }};
          layer.mkTreeLayer = args: fake args // {{ isLayer = true; }};
        }};
        layer = fake {{ name = "layer"; }} // {{ isLayer = true; }};
      in
      with tools; {expression}
    """
    command = ["nix-instantiate", "--eval", "--strict", "--json", "--readonly-mode", "-E", text]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def value(expression: str) -> Any:
    result = evaluate(expression)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_images_share_their_layers() -> None:
    layers = value(
        """
        let
          base = buildLayeredImage { name = "a"; contents = [ layer ./. ]; };
          other = streamLayeredImage { name = "b"; contents = [ layer ]; config.Cmd = [ "x" ]; };
          above = buildImage { name = "c"; fromImage = base; copyToRoot = ./.; };
        in
        map (image: image.layers) [ base other above { layers = [ layer ]; } ]
        """
    )
    base, other, above, [layer] = layers
    assert base[0] == layer and len(base) == 2
    assert other == [layer]
    assert above[:2] == base and len(above) == 3


def test_the_tag_follows_from_what_the_image_is_made_of() -> None:
    tags = value(
        """
        map (args: (buildLayeredImage ({ name = "a"; } // args)).imageTag) [
          { }
          { tag = null; }
          { config.Cmd = [ "x" ]; }
          { contents = layer; }
          { tag = "chosen"; }
        ]
        """
    )
    assert tags[0] == tags[1]
    assert len(set(tags)) == 4
    assert tags[4] == "chosen"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('buildLayeredImage { name = "a"; maxLayers = 3; }', "maxLayers is not supported; each element"),
        ('buildLayeredImage { name = "a"; extraCommands = "x"; }', "extraCommands is not supported; nothing runs"),
        ('streamLayeredImage { name = "a"; uid = 3; }', "uid is not supported; leave it out"),
        ('buildImage { name = "a"; uid = 3; }', "uid is not supported; leave it out"),
        ('buildLayeredImage { name = "a"; copyToRoot = [ ]; }', "copyToRoot is not supported; use contents"),
        ('buildImage { name = "a"; copyToRoot = [ layer ]; }', "copyToRoot holds a layer; use buildLayeredImage"),
    ],
)
def test_an_argument_that_is_not_taken(call: str, message: str) -> None:
    result = evaluate(call)
    assert result.returncode != 0
    assert f"docker-tools: a: {message}" in result.stderr
