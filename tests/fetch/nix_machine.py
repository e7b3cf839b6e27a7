"""A machine with a real Nix, whose store is empty, and on it a small flake."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from pretended import FETCH, PYTHON, SHELL, Mirror
from test_bootstrap import ar

NIX_CONFIG = """
build-users-group =
sandbox = false
substituters =
extra-experimental-features = nix-command flakes
"""
FLAKE = """
{
  outputs =
    { self }:
    let
      inherit (import ./nix/fetch/fixed-output.nix) file fetchDeb;
      system = "@system@";
      run = name: text: derivation { inherit name system; builder = "/bin/sh"; args = [ "-euc" text ]; };
      deb = name: sha256: size: fetchDeb {
        inherit sha256 size; archive = "debian"; path = "pool/${name}"; pins = "bullseye";
      };
      busybox = file {
        name = "seed-tree"; kind = "busybox"; sha256 = "@treeHash@"; outputHashMode = "recursive";
      };
    in
    {
      packages.${system} = {
        image = run "image" "read line < ${deb "hello~1.deb" "@helloHash@" 6}; echo $line > $out";
        image-b = run "b" "read line < ${deb "b_1.deb" "@bHash@" 2}; echo $line > $out";
        tool = self.packages.${system}.image;
      };
      apps.${system} = {
        fetch = { type = "app"; program = builtins.unsafeDiscardStringContext "${self}/nix/fetch/fetch"; };
        script = { type = "app"; program = "${self}/nix/fetch/fetch"; };
        start = { type = "app"; program = "${self.packages.${system}.image-b}/bin/start"; };
      };
      checks.${system} = {
        a = self.packages.${system}.image;
        b = self.packages.${system}.image-b;
      };
      legacyPackages.${system}.bootstrap = {
        inputs = builtins.toJSON {
          name = "seed_1.deb"; sha256 = "@seedHash@"; archive = "debian"; path = "pool/seed_1.deb"; pins = "bootstrap";
          size = "@seedSize@";
        } + "\\n";
        seed = builtins.toJSON { name = "seed-tree"; sha256 = "@treeHash@"; };
        python = run "python" ''
          read line < ${busybox}/bin/tool
          PATH=@path@
          mkdir -p $out/bin
          printf '#!/bin/sh\\nexec @python@ "$@"\\n' > $out/bin/python3
          chmod +x $out/bin/python3
        '';
      };
    };
}
"""

OTHER = """
{
  inputs.images.url = "@flake@";
  outputs =
    { self, images }:
    {
      apps.@system@ = { inherit (images.apps.@system@) fetch; };
      packages.@system@.default = derivation {
        name = "default";
        system = "@system@";
        builder = "/bin/sh";
        args = [ "-euc" "read line < ${images.packages.@system@.image}; echo default $line > $out" ];
      };
      packages.@system@.own = derivation {
        name = "own";
        system = "@system@";
        builder = "/bin/sh";
        args = [ "-euc" "read line < ${images.packages.@system@.image-b}; echo own $line > $out" ];
      };
    };
}
"""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def without_time(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 0
    return member


class Machine:
    """A machine with Nix whose store is empty, and the flake."""

    def __init__(self, root: Path, mirror: Mirror) -> None:
        self.root, self.mirror = root, mirror
        self.environment = os.environ | {
            "NIX_CONFIG": os.environ.get("NIX_CONFIG", "") + NIX_CONFIG,
            "NIX_STORE_DIR": str(root / "nix/store"),
            "NIX_STATE_DIR": str(root / "nix/var"),
            "NIX_LOG_DIR": str(root / "nix/log"),
            "XDG_CACHE_HOME": str(root / "cache"),
            "DEBIAN_MIRROR": mirror.url,
        }
        self.flake = root / "flake"
        shutil.copytree(FETCH, self.flake / "nix/fetch", ignore=shutil.ignore_patterns("__pycache__"))

        tree = root / "tree"
        for name in ("bin/tool", "share/notes"):
            (tree / name).parent.mkdir(parents=True)
            (tree / name).write_text("tool\n")
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:xz") as archive:
            archive.add(tree, ".", filter=without_time)
        seed = ar(("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", data.getvalue()))
        contents = {"seed_1.deb": seed, "hello~1.deb": b"hello\n", "b_1.deb": b"b\n"}
        mirror.pages = {f"/debian/pool/{name}": content for name, content in contents.items()}
        self.system = self.nix("eval", "--impure", "--raw", "--expr", "builtins.currentSystem")
        values = {
            "system": self.system,
            "treeHash": self.run("nix-hash", "--type", "sha256", str(tree)).stdout.strip(),
            "seedHash": sha256(seed),
            "seedSize": str(len(seed)),
            "helloHash": sha256(b"hello\n"),
            "bHash": sha256(b"b\n"),
            "path": os.environ["PATH"],
            "python": PYTHON,
        }
        text = FLAKE
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        (self.flake / "flake.nix").write_text(text)

    def run(self, *command: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, cwd=folder, env=self.environment, capture_output=True, text=True, timeout=120)

    def nix(self, *arguments: str) -> str:
        done = self.run("nix", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fetch(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs the program in the folder of its flake."""
        return self.run(*SHELL, str(self.flake / "nix/fetch/fetch"), *arguments, folder=self.flake)

    def use(self, name: str) -> Path:
        """Another flake, whose packages `default` and `own` are made of packages of the flake, whose `fetch` it has."""
        folder = self.root / name
        folder.mkdir()
        (folder / "pyproject.toml").touch()
        (folder / "flake.nix").write_text(
            OTHER.replace("@flake@", f"path:{self.flake}").replace("@system@", self.system)
        )
        return folder

    def build(self, output: str) -> str:
        self.nix("build", "--out-link", str(self.root / "result"), f"path:{self.flake}#{output}")
        return (self.root / "result").read_text()
