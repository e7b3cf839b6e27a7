"""Nix that builds images in a store of its own, by the Python that runs the tests; packages are made up."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

NIX = Path(__file__).parents[2] / "nix"

# `tools` as in the package set, on programs of this machine instead of the bootstrap's.
PRELUDE = """
let
  system = builtins.currentSystem;
  shell = name: script: attributes: derivation ({
    inherit name system;
    builder = "@busybox@";
    args = [ "sh" "-euc" "PATH=@applets@\\n${script}" ];
  } // attributes);
  bootstrap = rec {
    busybox = builtins.path { name = "busybox"; path = @folder@/tree; };
    python = "@folder@";
    libzstd = "@libzstd@";
    runShell = { name, script, ... }@args: shell name script (removeAttrs args [ "script" ]);
    runPython = { main, modules ? [ ], spec ? { }, ... }@args: derivation (
      removeAttrs args [ "main" "modules" ] // {
        inherit system;
        builder = "@folder@/bin/python3";
        args = [ "${main}" ];
        PYTHONPATH = builtins.concatStringsSep ":" ([ @nix@/bootstrap ] ++ modules);
        spec = builtins.toJSON spec;
        passAsFile = [ "spec" ];
      }
    );
  };
  layer = import @nix@/layer { inherit bootstrap; };
  tools = import @nix@/docker-tools { inherit system bootstrap layer; systems = import @nix@/systems.nix; };

  # A package as any flake has them: a script makes it.
  package = name: script: shell name script { };
  # One with a program of this name, which prints it, and depends on others.
  program = name: needs: package name ''
    mkdir -p $out/bin $out/share
    printf '#!/bin/sh\\necho %s\\n' "${name}" > $out/bin/${name}
    chmod 755 $out/bin/${name}
    echo "${toString needs}" > $out/share/needs
  '';
in
with tools; @expression@
"""


class Store:
    """A Nix store in a folder."""

    def __init__(self, folder: Path, busybox: str) -> None:
        self.path = folder / "store"
        self._folder = folder
        self._environment = os.environ | {
            "NIX_STORE_DIR": str(self.path),
            **{
                f"NIX_{name}_DIR": str(folder / name.lower()) for name in ("STATE", "LOG", "CONF", "DATA", "LOCALSTATE")
            },
            "HOME": str(folder),
            "NIX_REMOTE": "",
            "NIX_CONFIG": f"sandbox = false\nbuild-users-group =\nsubstituters =\nbuild-hook = {folder}/bin/no-remote",
        }
        programs, applets = folder / "bin", folder / "applets"
        programs.mkdir()
        applets.mkdir()
        (folder / "tree" / "bin").mkdir(parents=True)
        shutil.copy(busybox, folder / "tree" / "bin" / "busybox")
        # As the bootstrap's: a script, so that Python knows the path by which it was started.
        scripts = {"python3": f'exec {sys.executable} "$@"', "no-remote": "read _; echo '# decline-permanently' >&2"}
        for name, script in scripts.items():
            (programs / name).write_text(f"#!{busybox} sh\n{script}\n")
            (programs / name).chmod(0o755)
        subprocess.run([busybox, "--install", "-s", str(applets)], check=True)
        library = os.environ.get("LIBZSTD", "libzstd.so.1")
        self._places = {"folder": folder, "busybox": busybox, "applets": applets, "nix": NIX, "libzstd": library}

    def run(self, expression: str) -> "subprocess.CompletedProcess[str]":
        """Build the derivation of an expression, with `tools`, `package` and `program` in scope."""
        text = PRELUDE.replace("@expression@", expression)
        for name, place in self._places.items():
            text = text.replace(f"@{name}@", str(place))
        file = self._folder / "expression.nix"
        file.write_text(text)
        made = self.nix("nix-instantiate", str(file))
        return made if made.returncode else self.nix("nix-store", "--realise", made.stdout.strip())

    def build(self, expression: str) -> Path:
        """Its output."""
        done = self.run(expression)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip())

    def image(self, expression: str) -> "Built":
        """The image of an expression."""
        return Built(self.build(f"({expression}).metadata"))

    def nix(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([program, *arguments], env=self._environment, check=False, capture_output=True, text=True)


class Built:
    """An image, and the tree that an engine makes of its layers."""

    def __init__(self, metadata: Path) -> None:
        self.config: dict[str, Any] = json.loads((metadata / "config.json").read_bytes())
        self.layers: list[dict[str, Any]] = json.loads((metadata / "layers.json").read_bytes())
        self.tree: dict[str, tarfile.TarInfo] = {}
        self.content: dict[str, bytes] = {}
        for layer in self.layers:
            with tarfile.open(layer["path"], "r:") as tar:
                for member in tar:
                    self.tree[member.name] = member
                    file = tar.extractfile(member) if member.isreg() else None
                    self.content[member.name] = file.read() if file else b""

    def store_paths(self) -> set[str]:
        """The names, without hashes, of the store paths in it."""
        paths = [name.partition("/store/")[2].split("/")[0] for name in self.tree]
        return {path.partition("-")[2] for path in paths if path}

    @property
    def history(self) -> list[str]:
        return [step["created_by"] for step in self.config["history"]]

    def resolve(self, name: str) -> str:
        """The name behind all links that an engine finds by this name."""
        todo, done = name.split("/")[::-1], list[str]()
        while todo:
            part = todo.pop()
            member = self.tree.get("/".join([*done, part]))
            if part == "..":
                done[-1:] = []
            elif member and member.issym():
                todo += member.linkname.split("/")[::-1]
                done = [] if member.linkname.startswith("/") else done
            elif part:
                done.append(part)
        return "/".join(done)

    def read(self, name: str) -> bytes:
        """The content of the file of this name."""
        return self.content[self.resolve(name)]


def new_store(folder: Path) -> Store:
    """Skips the test where Nix or busybox is missing."""
    found = {os.path.realpath(path) for name in ("busybox", "sh") if (path := shutil.which(name))}
    busybox = [path for path in found if os.path.basename(path) == "busybox"]
    if not busybox or not shutil.which("nix-store"):
        pytest.skip("needs Nix, and busybox on PATH")
    return Store(folder, busybox[0])
