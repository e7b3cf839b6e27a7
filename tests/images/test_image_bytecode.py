"""Every module of the standard library and the environment has bytecode, deterministic and of its source (PEP 552).

Python takes it without a look at the source, but for configuration files, which people edit.
"""

import importlib.util
import posixpath
import re
import struct
import sys
from collections.abc import Iterator

from image_tree import Image
from source_hash import source_hash

SOURCE = re.compile(r"usr/(local/)?lib/python3(\.\d+)?/.*\.py")
UNCHECKED_HASH, CHECKED_HASH = 1, 3


def sources(image: Image) -> Iterator[tuple[str, str]]:
    """The sources in the folders of Python's libraries, and where the bytecode of each belongs."""
    tag = f"cpython-{image.minor.replace('.', '')}"
    for path, member in image.entries.items():
        if SOURCE.fullmatch(path) and not member.isdir():
            folder, name = posixpath.split(path)
            yield path, f"{folder}/__pycache__/{name.removesuffix('.py')}.{tag}.pyc"


def test_no_module_is_without(image: Image) -> None:
    modules = list(sources(image))
    assert any("/site-packages/fastapi/" in source for source, _ in modules)
    assert [source for source, bytecode in modules if bytecode not in image.files] == []


def test_bytecode_is_of_its_source(image: Image) -> None:
    magics = set()
    for source, bytecode in sources(image):
        if bytecode not in image.files:
            continue
        content = bytes(image.content(bytecode))
        magic, flags, digest = struct.unpack_from("<4sI8s", content)
        is_configuration = (image.resolve(source) or "").startswith("etc/")
        assert flags == (CHECKED_HASH if is_configuration else UNCHECKED_HASH), bytecode
        assert digest == source_hash(magic, image.minor, bytes(image.content(source))), bytecode
        assert f"/{source}".encode() in content, f"{bytecode}: names another source"
        magics.add(magic)
    assert len(magics) == 1


def test_no_bytecode_is_without_its_source(image: Image) -> None:
    expected = {bytecode for _, bytecode in sources(image)}
    assert {path for path in image.files if path.endswith(".pyc")} <= expected


def test_the_hash_is_that_of_python() -> None:
    minor = ".".join(map(str, sys.version_info[:2]))
    for source in (b"", b"x = 1\n", bytes(range(256)) * 9):
        assert source_hash(importlib.util.MAGIC_NUMBER, minor, source) == importlib.util.source_hash(source)
