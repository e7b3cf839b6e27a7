"""Whether a second build gives the same bytes.

    python3 tests/reproducible.py [.#TARGET ...]

Without targets, all packages of the flake but previews. First, every derivation in their closure that is not a fetched
file is built once more, one by one (so no more than one spare output takes disk), and compared with the store's. Then
the files that git tracks are copied to two checkouts with paths of different lengths: these must evaluate to the same
derivations, and the archives must hold the same image. A line each; what differs is named, at most five files of an
output, members of a tar as TAR:MEMBER. Exit status 1 if anything differs.

Needs Python 3.9, Nix 2.8 and git; behind ./setup, what is missing comes first.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import stat
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "bench"))
from nix_closure import (
    Derivation,
    attempt,
    closure,
    complaint,
    copy_checkout,
    derivations_of,
    packages,
    read_derivation,
    run,
)

SHOWN = 5
CHUNK = 1 << 20
KEPT = re.compile(r"keeping build directory '?([^'\s]+)")


def report(difference: str, name: str) -> bool:
    """Prints one line of the result, and says whether it is a good one."""
    print(f"DIFFERS  {name}: {difference}" if difference else f"same     {name}", flush=True)
    return not difference


def built_again(derivation: Derivation) -> str:
    """Builds a derivation whose output the store has, and tells how the new output differs; "" if it does not."""
    done = attempt("nix-store", "--realise", "--check", "--keep-failed", derivation.path)
    again = Path(f"{derivation.out}.check")  # where Nix keeps an output that differs
    try:
        if done.returncode == 0:
            return ""
        if not os.path.lexists(again):
            return f"failed: {complaint(done.stderr)}"
        return differences(Path(derivation.out), again)
    finally:
        for folder in KEPT.findall(done.stderr):
            shutil.rmtree(folder, ignore_errors=True)
        if os.path.lexists(again):
            run("nix-store", "--delete", str(again))


def differences(first: Path, second: Path) -> str:
    """The names of the files, folders, links and tar members that only one of two trees has, or that differ."""
    one, other = dict(entries(first)), dict(entries(second))
    names = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ", ".join(names[:SHOWN] + more) or "file modes"


def entries(root: Path) -> Iterator[tuple[str, object]]:
    """Names below `root` and what must be equal of each. The root itself is "."."""
    paths = [root]
    for folder, folders, files in os.walk(root):
        paths += [Path(folder, name) for name in folders + files]
    for path in paths:
        name, info = str(path.relative_to(root)), path.lstat()
        if stat.S_ISLNK(info.st_mode):
            yield name, os.readlink(path)
        elif stat.S_ISDIR(info.st_mode):
            yield name, "folder"
        else:
            with path.open("rb") as file:
                yield name, (bool(info.st_mode & 0o100), digest(file))
            if tarfile.is_tarfile(path):
                yield from members(name, path)


def members(name: str, path: Path) -> Iterator[tuple[str, object]]:
    """The members of a tar and what must be equal of each."""
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            yield f"{name}:{member.name}", (member.get_info(), member.pax_headers, file and digest(file))


def digest(file: IO[bytes]) -> str:
    """The sha256 of the rest of a file."""
    sha256 = hashlib.sha256()
    while chunk := file.read(CHUNK):
        sha256.update(chunk)
    return sha256.hexdigest()


def image_id(archive: Path) -> str:
    """The config's digest of the image in an archive (OCI image layout); "" if it is none."""
    if not archive.is_file() or not tarfile.is_tarfile(archive):
        return ""
    with tarfile.open(archive) as tar:

        def read(name: str) -> Any:
            file = tar.extractfile(name)
            assert file
            return json.load(file)

        manifest = read("index.json")["manifests"][0]["digest"]
        return str(read(f"blobs/{manifest.replace(':', '/')}")["config"]["digest"])


def elsewhere(targets: Sequence[str]) -> bool:
    """Evaluates, builds and compares the targets in two checkouts; prints a line each."""
    with tempfile.TemporaryDirectory(prefix="reproducible-") as temporary:
        folders = [Path(temporary, "a"), Path(temporary, "a-checkout-with-a-longer-path", "b" * 60)]
        for folder in folders:
            copy_checkout(folder)
        paths = [derivations_of(targets, cwd=folder) for folder in folders]
    good = True
    for target, first, second in zip(targets, *paths, strict=True):
        outs = [read_derivation(path).out for path in (first, second)]
        run("nix-store", "--realise", first, second)
        ids = [image_id(Path(out)) for out in outs]
        unequal = [" and ".join(pair) for pair in ((first, second), outs, ids) if pair[0] != pair[1]]
        good &= report("; ".join(unequal), f"{target} in two checkouts {ids[0]}".rstrip())
    return good


def main() -> int:
    """Builds everything twice; the exit status."""
    parser = argparse.ArgumentParser(description="Whether a second build gives the same bytes.")
    parser.add_argument("targets", nargs="*", metavar=".#TARGET", help="of this flake (all its packages but previews)")
    targets = parser.parse_args().targets or packages()
    if strange := [target for target in targets if not target.startswith(".#")]:
        parser.error(f"{strange[0]}: not a target of this flake; write .#NAME")

    ours = [derivation for derivation in closure(derivations_of(targets)) if not derivation.fixed]
    run("nix-store", "--realise", *(derivation.path for derivation in ours))
    # No short cut: each must be built, and each line printed.
    results = [report(built_again(derivation), Path(derivation.out).name) for derivation in ours]
    results.append(elsewhere(targets))
    return 0 if all(results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("reproducible: stopped")
