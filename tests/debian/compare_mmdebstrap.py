"""Compare the tree of Debian layers with what mmdebstrap makes of the same packages, by running their scripts.

    compare_mmdebstrap.py SUITE LAYER...                  the layers, lowest first; mmdebstrap takes the machine's mirror
    compare_mmdebstrap.py --reference TAR SUITE LAYER...  with a tar that mmdebstrap made before

Prints each difference in type, mode, owner, link or content that differences.toml does not explain. Exits with 1 if
there is any.
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
TEXT_LINES = 12
SIZE = 1 << 20


@dataclass(frozen=True)
class Member:
    kind: str
    mode: int
    owner: tuple[int, int]
    target: str
    digest: str
    start: bytes
    mtime: float


def tree(tars: Iterable[Path]) -> dict[str, Member]:
    """Path → member, when the tars are unpacked over each other."""
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
    data = tar.extractfile(member).read() if kind == "file" else b""
    mode = 0o777 if kind == "link" else member.mode
    return Member(
        kind, mode, (member.uid, member.gid), member.linkname, hashlib.sha256(data).hexdigest(), data[:SIZE], member.mtime
    )


def describe(ours: Member | None, theirs: Member | None) -> list[str]:
    """What differs, the first line in short. Empty if nothing does."""
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


def reference(suite: str, layers: list[Path], target: Path) -> None:
    """Let mmdebstrap make `target` from the packages of the layers."""
    packages = json.loads((layers[-1] / "system.json").read_text())["packages"].values()
    include = ",".join(f"{package['fields']['Package']}={package['fields']['Version']}" for package in packages)
    mirror, security = debian_mirror()
    lines = [f"deb {mirror} {suite} main", f"deb {mirror} {suite}-updates main", f"deb {security} {suite}-security main"]
    mtime = int(tree([layers[0] / "layer.tar"])["etc/passwd"].mtime)
    links = ";".join(f'mkdir -p "$1/usr/{name}"; ln -s usr/{name} "$1/{name}"' for name in ("bin", "sbin", "lib", "lib64"))
    subprocess.run(
        ["mmdebstrap", "--mode=root", "--variant=custom", f"--include={include}", f"--setup-hook={links}"]
        + ["--aptopt=APT::Install-Recommends false", "--aptopt=Acquire::Languages none", suite, str(target), *lines],
        check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(mtime)},
    )


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
    parser.add_argument("suite")
    parser.add_argument("layers", nargs="+", type=Path, help="outputs of mkDebianLayer, lowest first")
    parser.add_argument("--reference", type=Path, help="a tar that mmdebstrap made")
    arguments = parser.parse_args()
    explanations = tomllib.loads(EXPLANATIONS.read_text())
    with tempfile.TemporaryDirectory() as folder:
        target = arguments.reference or Path(folder) / "reference.tar"
        if not arguments.reference:
            reference(arguments.suite, arguments.layers, target)
        ours = tree(layer / "layer.tar" for layer in arguments.layers)
        sys.exit(1 if compare(ours, tree([target]), explanations) else 0)


if __name__ == "__main__":
    main()
