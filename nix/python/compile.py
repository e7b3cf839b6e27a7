"""Compile the sources of a tree into a tree of their `__pycache__` folders.

Runs on the interpreter whose bytecode is wanted (Python 3.9 and newer). The bytecode is of the kind unchecked-hash
(PEP 552): it carries no time stamp, and Python uses it without looking at the source. A module that is a symlink into
the tree's /etc is a configuration file, which users edit: its bytecode is of the kind checked-hash, so that an edit
counts.

The compiler's output depends a little on what the process compiled before (marshal marks objects that are referenced
more than once). So the sources are compiled in chunks of a fixed size, each in a fresh fork of the same parent. For the
same reason, one more import in this file may change the bytes of all images: mind that before you add any.
"""

import contextlib
import importlib.util
import os
import py_compile
import traceback
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

CHUNK = 32

# The source, where it is installed, where its bytecode goes, and the kind of that.
Job = tuple[str, str, Path, PycInvalidationMode]


def compile_file(source: str, installed: str, target: Path, mode: PycInvalidationMode) -> None:
    """Compile one file. A source that is no Python (a template, a test of bad syntax) is left without bytecode."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(py_compile.PyCompileError):
        py_compile.compile(source, str(target), installed, doraise=True, invalidation_mode=mode)


def jobs(tree: str, prefix: str, out: Path) -> Iterator[Job]:
    """Yield the job of every library source below the folder `tree`, which is installed as /`prefix`."""
    for found in sorted(Path(tree).rglob("*.py")):
        installed = str(Path("/") / prefix / found.relative_to(tree))
        if "/lib/python3" not in installed:
            continue
        target = out / importlib.util.cache_from_source(installed).lstrip("/")
        real = os.path.realpath(found)
        if real.startswith(os.path.realpath(tree) + "/etc/"):
            yield real, installed, target, PycInvalidationMode.CHECKED_HASH
        else:
            yield str(found), installed, target, PycInvalidationMode.UNCHECKED_HASH


def fork(chunk: list[Job]) -> int:
    """Compile a chunk in a child process and return its id."""
    child = os.fork()
    if child:
        return child
    try:
        for job in chunk:
            compile_file(*job)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the bytecode of spec["trees"] = [{"path": folder, "prefix": where it is installed}] to `out`.

    Raises ChildProcessError if a source can't be read, or its bytecode can't be written.
    """
    todo = [job for tree in spec["trees"] for job in jobs(tree["path"], tree["prefix"], out)]
    chunks = [todo[i : i + CHUNK] for i in range(0, len(todo), CHUNK)]
    out.mkdir()
    processors = os.cpu_count() or 1
    running = 0
    while chunks or running:
        while chunks and running < processors:
            fork(chunks.pop(0))
            running += 1
        _, status = os.wait()
        running -= 1
        if status:
            raise ChildProcessError("compile: a child failed")


if __name__ == "__main__":
    from builder import run

    run("python", build)
