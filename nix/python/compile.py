"""Compile the sources of a tree into a tree of their `__pycache__` folders.

Runs on the interpreter whose bytecode is wanted (Python 3.9 and newer). The bytecode is of the kind unchecked-hash
(PEP 552): it carries no time stamp, and Python uses it without looking at the source. A module that is a symlink into
the tree's /etc is a configuration file, which users edit: its bytecode is of the kind checked-hash, so that an edit
counts.

The bytes depend on nothing but the source and the version of Python: neither on the machine and its processor, nor on
what else this process has compiled and imported (stable_marshal.py).

The sources are compiled in chunks, each in a fork: side by side, and so that a crash of the compiler is told.
"""

import importlib.util
import os
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import stable_marshal

CHUNK = 32
# Of a file of bytecode (PEP 552).
UNCHECKED_HASH, CHECKED_HASH = 0b01, 0b11

# The source, where it is installed, where its bytecode goes, and the flags of that.
Job = tuple[str, str, Path, int]


def compile_file(source: str, installed: str, target: Path, flags: int) -> None:
    """Compile one file. A source that is no Python (a template, a test of bad syntax) is left without bytecode."""
    loader = SourceFileLoader("", source)
    content = loader.get_data(source)
    try:
        code = loader.source_to_code(content, installed)
    except Exception:  # what the compiler does not take, it refuses in many ways
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    head = importlib.util.MAGIC_NUMBER + flags.to_bytes(4, "little") + importlib.util.source_hash(content)
    target.write_bytes(head + stable_marshal.dumps(code))


def jobs(tree: str, prefix: str, out: Path) -> Iterator[Job]:
    """Yield the job of every library source below the folder `tree`, which is installed as /`prefix`.

    A file elsewhere on the machine is none.
    """
    root = os.path.realpath(tree)
    for found in sorted(Path(tree).rglob("*.py")):
        installed = str(Path("/") / prefix / found.relative_to(tree))
        if "/lib/python3" not in installed:
            continue
        target = out / importlib.util.cache_from_source(installed).lstrip("/")
        # Not a folder, and nothing that is elsewhere on the machine.
        real = os.path.realpath(found)
        if os.path.isfile(real) and real.startswith(root + "/"):
            in_etc = real.startswith(root + "/etc/")
            yield real, installed, target, CHECKED_HASH if in_etc else UNCHECKED_HASH


def fork(chunk: list[Job]) -> int:
    """Compile a chunk in a child process and return its id.

    The child ends with 0, or with the number, counted from 1, of the job that failed.
    """
    child = os.fork()
    if child:
        return child
    for number, job in enumerate(chunk, 1):
        try:
            compile_file(*job)
        except BaseException:
            os._exit(number)
    os._exit(0)


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the bytecode of spec["trees"] = [{"path": folder, "prefix": where it is installed}] to `out`.

    Raises ValueError if a source can't be read, its bytecode can't be written, the compiler crashes, or a tree is
    deeper than Python calls functions.
    """
    try:
        todo = [job for tree in spec["trees"] for job in jobs(tree["path"], tree["prefix"], out)]
    except RecursionError:
        raise ValueError("a tree has too many folders inside each other; leave these out") from None
    chunks = [todo[i : i + CHUNK] for i in range(0, len(todo), CHUNK)]
    out.mkdir()
    processors = os.cpu_count() or 1
    running: dict[int, list[Job]] = {}
    while chunks or running:
        while chunks and len(running) < processors:
            chunk = chunks.pop(0)
            running[fork(chunk)] = chunk
        pid, status = os.wait()
        chunk = running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code > 0:
            raise ValueError(f"{chunk[code - 1][1]!r} can't be read, or its bytecode can't be written; leave it out")
        if code < 0:
            raise ValueError(f"the compiler crashes on a file from {chunk[0][1]!r} to {chunk[-1][1]!r}; leave that out")


if __name__ == "__main__":
    from builder import run

    run("python", build)
