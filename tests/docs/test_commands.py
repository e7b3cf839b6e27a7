"""The commands in blocks of shell name outputs of the flake and files that there are."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from documents import DOCUMENTS, REPOSITORY, blocks, path_of

# Where Nix looks for .#NAME. Last, NAME is a whole path. `nix run` looks among the apps before.
ROOTS = ("packages.x86_64-linux.", "legacyPackages.x86_64-linux.", "")
RUN_ROOTS = ("apps.x86_64-linux.", *ROOTS)

# A word of a command that is a file of the repository.
FILE = re.compile(r"\./setup|(nix|runtime|scripts|tests|\.ci)/.*")


def commands(document: Path) -> list[list[str]]:
    """The words of each line of shell in it, without comments."""
    shell = re.sub(r"(^|\s)#.*", "", "\n".join(blocks(document.read_text(), "sh")), flags=re.MULTILINE)
    return [re.findall(r"[^\s()'\"]+", line) for line in shell.splitlines()]


def outputs_named() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each NAME of .#NAME, and each first target of fetch, with the places where Nix looks for it."""
    for words in (words for document in DOCUMENTS for words in commands(document)):
        for before, word in zip(["", *words], words, strict=False):
            if word.startswith(".#"):
                yield word[2:], RUN_ROOTS if before == "run" else ROOTS
            elif before == "--" and ".#fetch" in words and not word.startswith("-"):
                yield word, ROOTS


def test_every_output_exists(outputs: Callable[[str], Any]) -> None:
    wanted = set(outputs_named())
    assert {("image-py39", ROOTS), ("fetch", RUN_ROOTS)} <= wanted

    def exists(path: str) -> str:
        return "outputs ? " + ".".join(f'"{attribute}"' for attribute in path.split("."))

    there = [f"({' || '.join(exists(root + name) for root in roots)})" for name, roots in wanted]
    found = outputs(f"[ {' '.join(there)} ]")
    assert not [name for (name, _), is_there in zip(wanted, found, strict=True) if not is_there]


@pytest.mark.parametrize("document", DOCUMENTS, ids=path_of)
def test_every_file_exists(document: Path) -> None:
    files = [word for words in commands(document) for word in words if FILE.fullmatch(word)]
    assert not [file for file in files if not (REPOSITORY / file).exists()]
