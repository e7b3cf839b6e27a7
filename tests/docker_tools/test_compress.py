"""The program that compresses an archive."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import compress
from decompress import Budget, plain


def run(name: str, content: bytes, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-s", "-P", compress.__file__, name],
        env=os.environ | {"PYTHONPATH": str(Path(compress.__file__).parent)},
        input=content,
        stderr=subprocess.PIPE,
        check=False,
        **({"stdout": subprocess.PIPE} | options),
    )


@pytest.mark.parametrize("name", sorted(compress.COMPRESSORS))
def test_what_is_compressed_is_the_same_again(name: str) -> None:
    content = bytes(range(256)) * 20_000
    first, second = run(name, content).stdout, run(name, content).stdout
    assert first == second and len(first) < len(content) // 10
    assert b"".join(plain(iter([first]), Budget(0))) == content


@pytest.mark.parametrize("name", sorted(compress.COMPRESSORS))
def test_a_full_disk_is_one_line(name: str) -> None:
    with open("/dev/full", "wb") as full:
        result = run(name, os.urandom(1 << 20), stdout=full)
    assert result.returncode == 1
    assert result.stderr == b"docker-tools: the compressed archive: No space left on device\n"
