"""A poetry.lock → requirements for `pip install --require-hashes`.

    python3 scripts/requirements.py tests/poetry.lock:main,lint runtime/poetry.lock:main

Each argument is a lock of format 2.1 and the groups to take of it. A package that two locks pin is taken from the
first of them.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def requirement(package: dict[str, Any], group: str) -> str:
    """The line of one package of the lock, such as 'idna==3.20 ; os_name == "posix" --hash=sha256:…'."""
    markers = package.get("markers", "")
    marker = markers if isinstance(markers, str) else markers.get(group, "")
    hashes = "".join(f" --hash={file['hash']}" for file in package["files"])
    return f"{package['name']}=={package['version']}{f' ; {marker}' if marker else ''}{hashes}"


def requirements(lock: Path, groups: list[str]) -> Iterator[tuple[str, str]]:
    """The name and the line of each package that the groups take; one that several take has the first one's marker."""
    for package in tomllib.loads(lock.read_text())["package"]:
        taken = [group for group in groups if group in package["groups"]]
        if taken:
            yield package["name"], requirement(package, taken[0])


def main(arguments: list[str]) -> None:
    """Print the requirements of all arguments."""
    owners: dict[str, str] = {}
    for argument in arguments:
        lock, _, groups = argument.partition(":")
        for name, line in requirements(Path(lock), groups.split(",")):
            # A lock may have several versions of a package, with markers that exclude each other.
            if owners.setdefault(name, lock) == lock:
                print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
