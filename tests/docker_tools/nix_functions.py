"""Evaluates the Nix functions, with builders that are never run."""

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

NIX = Path(__file__).parents[2] / "nix"

needs_nix = pytest.mark.skipif(shutil.which("nix-instantiate") is None, reason="needs Nix")


def evaluate(expression: str) -> "subprocess.CompletedProcess[str]":
    """Evaluate with `tools` and `layer` in scope; a derivation is its output path, and `./.` an empty folder."""
    text = f"""
      let
        system = "x86_64-linux";
        fake =
          args: derivation {{ inherit system; inherit (args) name; builder = "none"; all = builtins.toJSON args; }};
        tools = import {NIX}/docker-tools {{
          inherit system;
          systems = import {NIX}/systems.nix;
          bootstrap = {{
            busybox = "/busybox";
            python = "/python";
            libzstd = "/libzstd.so";
            runPython = fake;
            runShell = fake;
          }};
          layer.mkTreeLayer = args: fake args // {{ isLayer = true; }};
        }};
        layer = fake {{ name = "layer"; }} // {{ isLayer = true; }};
      in
      with tools; {expression}
    """
    command = ["nix-instantiate", "--eval", "--strict", "--json", "--readonly-mode", "-E", text]
    with TemporaryDirectory() as folder:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def value(expression: str) -> Any:
    result = evaluate(expression)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
