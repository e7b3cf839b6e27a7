"""The lock of an app, `debian.lock.json`: which files the Debian packages are that its images add."""

import re
from pathlib import Path
from typing import Any, TypedDict

import lock
from forms import ADDITIONS, ARCHITECTURE, SHA256, matches
from lock import Layers, Package


class Answer(TypedDict):
    """What one image adds. `input` is the hash of the request; `packages` are for each Debian architecture."""

    input: str
    packages: dict[str, list[Package]]


# By what is asked for, such as "trixie-slim: ffmpeg libpq5".
Images = dict[str, Answer]


def render(images: Images) -> str:
    """The lock as JSON with one package a line, and with a checksum that reveals an edit by hand."""
    lines = ["{", f'  "checksum": "{lock.content_hash({"images": images})}",', '  "images": {']
    for key, answer in images.items():
        lines += [f'    "{key}": {{', f'      "input": "{answer["input"]}",', '      "packages": {']
        lines += [f"  {line}" for row in lock.render_lists(answer["packages"]) for line in row.split("\n")]
        lines += ["      }", "    },"]
    lines[-1] = lines[-1].removesuffix(",")
    return "\n".join([*lines, "  }", "}", ""])


def read(path: Path) -> Images | None:
    """The lock of a file; None unless it is as `write` left it. Raises OSError."""
    match lock.read_checked(path):
        case {"images": dict(images), **rest} if not rest and all(map(_has_form, images.items())):
            return images
    return None


def _has_form(entry: tuple[str, Any]) -> bool:
    key, answer = entry
    match answer:
        case {"input": input_, "packages": dict(packages), **rest} if not rest:
            return (
                re.fullmatch(ADDITIONS[0], key) is not None
                and matches(input_, SHA256)
                and all(
                    matches(architecture, ARCHITECTURE) and isinstance(files, list) and all(map(lock.has_form, files))
                    for architecture, files in packages.items()
                )
            )
    return False


def write(path: Path, images: Images) -> None:
    """Put the lock into a file, all of it or nothing. Raises OSError."""
    lock.write_whole(path, render(images))


def layers(images: Images) -> Layers:
    """The packages by architecture and key, as changes.describe compares them."""
    found: Layers = {}
    for key, answer in images.items():
        for architecture, packages in answer["packages"].items():
            found.setdefault(architecture, {})[key] = packages
    return found


def renamed(old: Images, new: Images) -> Images:
    """`old` with the key of an image whose list has changed as it is in `new`, so that both can be compared."""
    gone = {key: answer for key, answer in old.items() if key not in new}
    kept = {key: answer for key, answer in old.items() if key in new}
    for key in new:
        before = next((other for other in gone if other.partition(":")[0] == key.partition(":")[0]), None)
        if key not in kept and before is not None:
            kept[key] = gone.pop(before)
    return kept | gone
