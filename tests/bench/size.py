"""What the images weigh, unpacked and compressed, and what weighs most in them.

    python3 tests/bench/size.py [--parts N] [.#image-NAME ...]   each layer's biggest parts
    python3 tests/bench/size.py --table [.#image-NAME ...]       the size column of the README

Without targets, all images of the flake but previews; what is missing is built. Needs Python 3.11, Nix 2.8 and git;
behind ./setup, what is missing comes first.

A size is the sum of what the files of all layers hold, in MB of a million bytes; a hard link counts nothing, a file
that an upper layer has anew counts again. The archive is compressed as by gzip -6, as it is for a registry. A part is

  * a Debian package, with the bytecode of its modules,
  * a package in Python's site-packages,
  * or else a folder, to the third level.
"""

import argparse
import re
import sys
import tarfile
import zlib
from collections import Counter
from pathlib import Path

from nix_closure import CHECKOUT, derivations_of, packages, run

sys.path.insert(0, str(CHECKOUT / "tests" / "images"))
from image_tree import Image

MB = 1_000_000
CHUNK = 1 << 20
ORDER = ("", "slim", "minimal")
DATABASE = re.compile(r"var/lib/dpkg/(?:info/([^:]+?)(?::.+)?\.list|status\.d/(.+)\.md5sums)")
BYTECODE = re.compile(r"(.*)__pycache__/([^/]+)\.cpython-\d+\.pyc")
SITE_PACKAGE = re.compile(r".*/site-packages/([\w.]+?)(-[^/]*)?(\.py|\.cpython[^/]*)?(/.*)?")


class Sizes:
    """The sizes of an image in bytes: `layers`, lowest first, of each part of a layer."""

    def __init__(self, image: Image) -> None:
        self._owners = dict(owners(image))
        self.layers: list[Counter[str]] = []
        for members in image.layers:
            parts: Counter[str] = Counter()
            for member in members:
                if member.isreg():
                    parts[self._part(member)] += member.size
            self.layers.append(parts)

    def _part(self, member: tarfile.TarInfo) -> str:
        path = BYTECODE.sub(r"\1\2.py", member.name)
        if found := SITE_PACKAGE.fullmatch(path):
            return f"site-packages/{found[1]}"
        return self._owners.get(path) or "/".join(path.split("/")[:3])

    @property
    def total(self) -> int:
        return sum(parts.total() for parts in self.layers)


def owners(image: Image) -> dict[str, str]:
    """The Debian package of each file, as dpkg's database in the image has it."""
    found: dict[str, str] = {}
    for path in image.files:
        if database := DATABASE.fullmatch(path):
            package = database[1] or database[2]
            for line in image.text(path).splitlines():
                file = line.split(maxsplit=1)[-1].lstrip("/")
                # The database has the names of before /usr was merged.
                found |= {file: package, f"usr/{file}": package}
    return found


def compressed(archive: Path) -> int:
    """The bytes that gzip -6 makes of a file, but for its header."""
    compressor = zlib.compressobj(6, wbits=31)
    size = 0
    with archive.open("rb") as file:
        while chunk := file.read(CHUNK):
            size += len(compressor.compress(chunk))
    return size + len(compressor.flush())


def archives(targets: list[str]) -> dict[str, Path]:
    """The archive of each target, built if need be."""
    return {
        target: Path(run("nix-store", "--realise", path)[0])
        for target, path in zip(targets, derivations_of(targets), strict=True)
    }


def print_table(images: dict[str, Image]) -> None:
    """The first three columns of the README's table, in its order."""
    ordered = sorted(
        images.items(), key=lambda item: (ORDER.index(item[1].variant), int(item[1].minor.partition(".")[2]))
    )
    for target, image in ordered:
        tag = f":python{image.minor}" + (f"-{image.variant}" if image.variant else "")
        print(f"| `{target}` | `{tag}` | {Sizes(image).total / MB:.0f} MB |")


def print_parts(target: str, image: Image, archive: Path, count: int) -> None:
    """The biggest parts of each layer."""
    sizes = Sizes(image)
    print(f"{target}: {sizes.total / MB:.1f} MB; the archive by gzip -6: {compressed(archive) / MB:.1f} MB")
    for number, parts in enumerate(sizes.layers, 1):
        print(f"  layer {number}: {parts.total() / MB:.1f} MB")
        for part, size in parts.most_common(count):
            print(f"    {size / MB:8.2f}  {part}")


def main() -> None:
    parser = argparse.ArgumentParser(description="What the images weigh, and what weighs most in them.")
    parser.add_argument(
        "targets", nargs="*", metavar=".#image-NAME", help="of this flake (all its images but previews)"
    )
    parser.add_argument("--parts", type=int, default=10, metavar="N", help="of each layer that are shown (10)")
    parser.add_argument("--table", action="store_true", help="print the size column of the README")
    options = parser.parse_args()
    found = archives(options.targets or [target for target in packages() if target.startswith(".#image-")])
    images = {target: Image(archive) for target, archive in found.items()}
    if options.table:
        print_table(images)
    else:
        for target, image in images.items():
            print_parts(target, image, found[target], options.parts)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("bench: stopped")
