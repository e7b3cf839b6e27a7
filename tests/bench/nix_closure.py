"""Nix as the programs of this folder ask it: commands, closures of derivations, copies of the checkout.

Needs Python 3.9, Nix 2.8 and git. What Nix must be told stands in the environment (NIX_CONFIG), as ./setup leaves it.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

# The first output of a derivation in its .drv file: path, hash algorithm, hash.
OUTPUT = re.compile(r'Derive\(\[\("out","([^"]*)","([^"]*)"')


@dataclass(frozen=True)
class Derivation:
    """A derivation: the store paths of its .drv file and of its output, and whether the output's hash is pinned."""

    path: str
    out: str
    fixed: bool


def run(*command: str, cwd: Path = CHECKOUT) -> list[str]:
    """The lines that a command prints. Exits with its first complaint, in one line, if it fails."""
    done = attempt(*command, cwd=cwd)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:2])}: {complaint(done.stderr)}")
    return done.stdout.splitlines()


def attempt(*command: str, cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    """A finished command with what it printed. Exits in one line if the program is missing."""
    try:
        return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except FileNotFoundError:
        raise SystemExit(f"{command[0]}: not on PATH; run this command behind ./setup") from None


def complaint(stderr: str) -> str:
    """The first error that a command reported; the ones after it are mostly its consequences."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("error:", "fatal:"))]
    return (errors or lines or ["failed without a word"])[0].removeprefix("error:").strip()


def current_system() -> str:
    """The Nix system of this machine."""
    return run("nix", "eval", "--impure", "--raw", "--expr", "builtins.currentSystem")[0]


def packages() -> list[str]:
    """The packages of the flake for this system, as targets, but those on rolling pins: mirrors drop their files."""
    chosen = "with builtins; packages: filter (name: !(packages.${name}.rolling or false)) (attrNames packages)"
    names = run("nix", "eval", "--json", f".#packages.{current_system()}", "--apply", chosen)
    return [f".#{name}" for name in json.loads(names[0])]


def derivations_of(targets: Sequence[str], *, cwd: Path = CHECKOUT, store: Path = Path("/")) -> list[str]:
    """The .drv paths of flake targets (`.#NAME`) of the checkout in `cwd`, in the order of `targets`."""
    # One command a target, as Nix sorts what it is given together.
    command = ("nix", "path-info", "--derivation", "--option", "eval-cache", "false", *at(store))
    return [run(*command, target, cwd=cwd)[0] for target in targets]


def closure(derivations: Sequence[str], *, store: Path = Path("/")) -> list[Derivation]:
    """These derivations and all that they are built from, each after those that it needs."""
    paths = run("nix-store", *at(store), "--query", "--requisites", *derivations)
    return [read_derivation(path, store) for path in paths if path.endswith(".drv")]


def read_derivation(path: str, store: Path = Path("/")) -> Derivation:
    """Reads a .drv file. Raises ValueError if its first output is not `out`."""
    found = OUTPUT.match((store / path.lstrip("/")).read_text())
    if not found:
        raise ValueError(f"{path}: has no output named out")
    return Derivation(path, found[1], fixed=found[2] != "")


def at(store: Path) -> tuple[str, ...]:
    """The options that choose a store by the folder below which its nix/store stands; / is the machine's own."""
    # A private store has one owner. No build users, so that it may stand in a folder that all may write.
    return () if store == Path("/") else ("--store", str(store), "--option", "build-users-group", "")


def copy_checkout(folder: Path) -> None:
    """Makes `folder` a git checkout of the files that git tracks in this one, as they are now, committed or not."""
    folder.mkdir(parents=True)
    for name in run("git", "ls-files"):
        if (CHECKOUT / name).exists():  # else deleted, but not yet from the index
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name)
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", "--all", "--force", cwd=folder)
