"""The scripts `push`, `verify` and `audit`: what they build, what they hand on, and what they refuse before that.

Nix, `fetch` and the programs that the scripts end in only pretend: each writes its arguments to a file.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SH = shutil.which("sh")
# What Nix says of a package; of a dockerTools image, that it has no shipment; and of the flake's images.
NIX = """
echo "$@" >>{folder}/asked
case "$*" in
    *currentSystem*) printf x86_64-linux ;;
    *show-config*) ;;
    *' path-info '*.ship.*) echo {folder} ;;
    *' path-info '*) shift 6; for package; do echo "/store/$package"; done ;;
    *'image ? index.shipment'*) case $* in *'#worker '*) echo false ;; *) echo true ;; esac ;;
    *' eval --raw .#packages.'*) printf 'image-a image-b' ;;
    *' eval --raw '*.suite*) printf trixie ;;
    *' eval --raw .#default.'*) printf /store/.#image-b.index.shipment ;;
esac
"""
PROGRAM = """
echo "$@" >{folder}/program
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The scripts, as they stand in the source, and what only pretends."""
    ship, fetch = tmp_path / "nix/ship", tmp_path / "nix/fetch"
    shutil.copytree(REPOSITORY / "nix/ship", ship)
    fetch.mkdir()
    shutil.copy(REPOSITORY / "nix/fetch/common.sh", fetch)
    pretended = {"bin/nix": NIX, "bin/nix-store": "", "nix/fetch/fetch": 'echo "$@" >>{folder}/fetched\n'}
    for name, text in (pretended | {f"bin/{program}": PROGRAM for program in ("push", "verify", "audit")}).items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!{SH}\n" + text.format(folder=tmp_path))
        file.chmod(0o755)
    return tmp_path


def run(folder: Path, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    path = f"{folder}/bin{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [str(SH), str(folder / "nix/ship" / script), *arguments],
        env={"PATH": path, "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def handed_on(folder: Path, script: str, *arguments: str) -> str:
    """The arguments of the program in which the script ends. What it builds was fetched before."""
    done = run(folder, script, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    built = [
        line.partition(" --no-link ")[2] for line in (folder / "asked").read_text().splitlines() if " build " in line
    ]
    assert (folder / "fetched").read_text().splitlines() == built
    return (folder / "program").read_text().rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "program"),
    [
        (["registry.example/x:1"], "registry.example/x:1 --shipment=/store/.#default.index.shipment"),
        ([".", "registry.example/x"], "registry.example/x --shipment=/store/.#default.index.shipment"),
        (["registry.example/x:1", "2", ".#a"], "registry.example/x:1 2 --shipment=/store/.#a.index.shipment"),
        (["/flake#a", "registry.example/x"], "registry.example/x --shipment=/store//flake#a.index.shipment"),
        (
            ["--platform", "linux/arm64", ".#a", "registry.example/x", "--key", "k", "--plain-http"],
            "registry.example/x --key=k --plain-http --shipment=/store/.#a.arm64.shipment",
        ),
        (
            ["--all", "registry.example/x"],
            "--all registry.example/x --latest=/store/.#image-b.index.shipment "
            "--shipment=/store/.#image-a.index.shipment --shipment=/store/.#image-b.index.shipment",
        ),
    ],
)
def test_push_builds_and_hands_on(folder: Path, arguments: list[str], program: str) -> None:
    assert handed_on(folder, "push", *arguments) == program


@pytest.mark.parametrize(
    ("arguments", "program"),
    [
        (["registry.example/x:1"], "registry.example/x:1 --shipment=/store/.#default.index.shipment"),
        (
            [".#a", "registry.example/x", "--key", "k"],
            "registry.example/x --key=k --shipment=/store/.#a.index.shipment",
        ),
    ],
)
def test_verify_builds_and_hands_on(folder: Path, arguments: list[str], program: str) -> None:
    assert handed_on(folder, "verify", *arguments) == program


@pytest.mark.parametrize(("image", "package"), [([], ".#default"), ([".#a"], ".#a")])
def test_audit_builds_and_hands_on(folder: Path, image: list[str], package: str) -> None:
    expected = f"--suite=trixie --sbom=/store/{package}.sbom tracker.json"
    assert handed_on(folder, "audit", "tracker.json", *image) == expected


@pytest.mark.parametrize(
    ("script", "arguments", "says"),
    [
        ("push", [], "no registry; "),
        ("push", [".#a"], "no registry; "),
        ("push", ["--plain-http"], "no registry; "),
        ("push", ["registry.example/x", "--password", "x"], "--password: unknown option; "),
        ("push", ["registry.example/x", "--key"], "--key: a value is missing; "),
        ("push", ["registry.example/x", "--platform", "linux/riscv64"], "--platform linux/riscv64: no such platform; "),
        ("push", ["--all", ".#a", "registry.example/x"], ".#a: --all takes all images of the flake in this folder; "),
        ("push", [".#worker", "registry.example/x"], ".#worker: is no image of mkAppImage; "),
        ("verify", [], "no image of a registry; "),
        ("verify", [".#a"], "no image of a registry; "),
        ("verify", ["registry.example/x", "--all"], "--all: unknown option; "),
        ("verify", [".#worker", "registry.example/x"], ".#worker: is no image of mkAppImage; "),
        ("audit", [], "no file of the security tracker; "),
        ("audit", ["--json"], "no file of the security tracker; "),
        ("audit", ["tracker.json", "a"], "a: names no image of a flake; "),
        ("audit", ["tracker.json", ".#a", ".#b"], ".#b: one image at a time; "),
    ],
)
def test_what_is_refused(folder: Path, script: str, arguments: list[str], says: str) -> None:
    done = run(folder, script, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{script}: {says}") and len(done.stderr.splitlines()) == 1
    assert not (folder / "program").exists()


@pytest.mark.parametrize("script", ["push", "verify", "audit"])
def test_help(folder: Path, script: str) -> None:
    done = run(folder, script, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: nix run .#{script} -- ")
