"""Compare the Debian layers of an image with what mmdebstrap makes of the same packages, whose scripts it runs.

    ./setup python3 tests/debian/compare_mmdebstrap.py .#image-py39-slim

mmdebstrap takes the machine's mirror and wants root. Prints each difference in type, mode, owner, link or content that
differences.toml does not explain. Exits with 1 if there is any.
"""

import argparse
import difflib
import fnmatch
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EXPLANATIONS = Path(__file__).with_name("differences.toml")
# How much of a differing text is kept and shown.
TEXT_LINES = 12
SIZE = 1 << 20


@dataclass(frozen=True)
class Member:
    """A member of a tree. `start` is that of its content, `owner` is uid and gid, `target` that of a link."""

    kind: str
    mode: int
    owner: tuple[int, int]
    target: str
    digest: str
    start: bytes
    mtime: float


def tree(tars: Iterable[Path]) -> dict[str, Member]:
    """Path → member, when the tars are unpacked one over the other. A hard link is what it links to."""
    members: dict[str, Member] = {}
    for path in tars:
        with tarfile.open(path) as tar:
            for member in tar:
                name = member.name.removeprefix(".").strip("/")
                if name:
                    members[name] = _member(tar, member, members)
    return members


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo, members: dict[str, Member]) -> Member:
    if member.islnk():
        return members[member.linkname.removeprefix(".").strip("/")]
    kind = "directory" if member.isdir() else "link" if member.issym() else "file" if member.isreg() else "other"
    content = tar.extractfile(member) if kind == "file" else None
    data = content.read() if content else b""
    mode = 0o777 if kind == "link" else member.mode
    return Member(
        kind,
        mode,
        (member.uid, member.gid),
        member.linkname,
        hashlib.sha256(data).hexdigest(),
        data[:SIZE],
        member.mtime,
    )


def describe(ours: Member | None, theirs: Member | None) -> list[str]:
    """What differs, a line each; of texts also the lines. Empty if nothing does."""
    if ours is None or theirs is None:
        return ["missing" if ours is None else "extra"]
    lines = [
        f"{what} {one!r} instead of {two!r}"
        for what, one, two in (
            ("type", ours.kind, theirs.kind),
            ("mode", f"{ours.mode:o}", f"{theirs.mode:o}"),
            ("owner", ours.owner, theirs.owner),
            ("target", ours.target, theirs.target),
        )
        if one != two
    ]
    if ours.kind == theirs.kind and ours.digest != theirs.digest:
        lines.append("content")
        try:
            mine, other = (member.start.decode().splitlines() for member in (ours, theirs))
            changes = [
                line for line in difflib.unified_diff(other, mine, n=0, lineterm="") if line[:3] not in ("---", "+++")
            ]
            lines += [f"    {line}" for line in changes[:TEXT_LINES]]
        except UnicodeDecodeError:
            pass
    return lines


def debian_layers(image: str) -> list[Path]:
    """The outputs of mkDebianLayer that an image of this flake is made of, lowest first."""
    subprocess.run(["nix", "build", "--no-link", image], check=True)
    command = ["nix", "eval", "--json", f"{image}.layers", "--apply", "map (layer: layer.outPath)"]
    listed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [Path(layer) for layer in listed if Path(layer, "system.json").exists()]


def reference(layers: list[Path], target: Path) -> None:
    """Let mmdebstrap make `target` from the packages of the layers."""
    base = tree([layers[0] / "layer.tar"])
    (suite,) = re.findall(r"^VERSION_CODENAME=(\w+)$", base["usr/lib/os-release"].start.decode(), re.MULTILINE)
    packages = json.loads((layers[-1] / "system.json").read_text())["packages"].values()
    include = ",".join(f"{package['fields']['Package']}={package['fields']['Version']}" for package in packages)
    mirror, security = debian_mirror()
    lines = [
        f"deb {mirror} {suite} main",
        f"deb {mirror} {suite}-updates main",
        f"deb {security} {suite}-security main",
    ]
    mtime = int(base["etc/passwd"].mtime)
    links = ";".join(
        f'mkdir -p "$1/usr/{name}"; ln -s usr/{name} "$1/{name}"' for name in ("bin", "sbin", "lib", "lib64")
    )
    options = [
        "--mode=root",
        "--variant=custom",
        f"--include={include}",
        f"--setup-hook={links}",
        *(f"--dpkgopt={option}" for option in left_out(base)),
        "--aptopt=APT::Install-Recommends false",
        "--aptopt=Acquire::Languages none",
    ]
    subprocess.run(
        ["mmdebstrap", *options, suite, str(target), *lines],
        check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(mtime)},
    )


def left_out(base: dict[str, Member]) -> list[str]:
    """dpkg's options that say which files of packages the image does without."""
    settings = base["etc/dpkg/dpkg.cfg.d/docker"].start.decode()
    return [line for line in settings.splitlines() if line.startswith("path-")]


def debian_mirror() -> tuple[str, str]:
    """The machine's URLs of the archives debian and debian-security."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], text=True, capture_output=True, check=True
    )
    main = next(uri for uri in listed.stdout.split() if re.search(r"/debian/?$", uri)).rstrip("/")
    return main, f"{main}-security"


def compare(ours: dict[str, Member], theirs: dict[str, Member], explanations: dict[str, str]) -> int:
    """Print the differences that no pattern explains and return their number."""
    count = 0
    for path in sorted(ours.keys() | theirs.keys()):
        lines = describe(ours.get(path), theirs.get(path))
        if lines and not any(fnmatch.fnmatchcase(path, pattern) for pattern in explanations):
            count += 1
            print(f"{path}: " + "\n".join(lines))
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("image", help="an image of the flake in this folder, such as .#image-py39")
    layers = debian_layers(parser.parse_args().image)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "reference.tar"
        reference(layers, target)
        ours = tree(layer / "layer.tar" for layer in layers)
        sys.exit(1 if compare(ours, tree([target]), tomllib.loads(EXPLANATIONS.read_text())) else 0)


if __name__ == "__main__":
    main()
