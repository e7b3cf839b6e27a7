"""Compile the sources of a tree into a tree of their `__pycache__` folders.

Runs on the interpreter whose bytecode is wanted (Python 3.9 and newer). The bytecode is of the kind unchecked-hash
(PEP 552): it carries no time stamp, and Python uses it without looking at the source. That of a configuration file, which
is linked to from the library, is checked-hash, so that an edit counts.

The compiler's output depends a little on what the process compiled before (marshal marks objects that are referenced
more than once). So the sources are compiled in chunks of a fixed size, each in a fresh fork of the same parent.
"""

import importlib.util
import os
import py_compile
import traceback
from pathlib import Path
from py_compile import PycInvalidationMode

CHUNK = 32


def compile_file(source, installed, target, mode):
    """Compile one file. Sources that are no Python (templates, tests of bad syntax) are left without bytecode."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        py_compile.compile(source, str(target), installed, doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        pass


def jobs(tree, prefix, out):
    """The (source, installed path, target, mode) of every library source below `tree`, which is installed as /`prefix`."""
    for found in sorted(Path(tree).rglob("*.py")):
        installed = str(Path("/") / prefix / found.relative_to(tree))
        if "/lib/python3" not in installed:
            continue
        target = out / importlib.util.cache_from_source(installed).lstrip("/")
        if found.is_symlink() and os.readlink(found).startswith("/etc/"):
            yield tree + os.readlink(found), installed, target, PycInvalidationMode.CHECKED_HASH
        else:
            yield str(found), installed, target, PycInvalidationMode.UNCHECKED_HASH


def fork(chunk):
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


def build(spec, out):
    """Write the bytecode of spec["trees"] = [{"path": folder, "prefix": where it is installed}] to `out`."""
    todo = [job for tree in spec["trees"] for job in jobs(tree["path"], tree["prefix"], out)]
    chunks = [todo[i : i + CHUNK] for i in range(0, len(todo), CHUNK)]
    out.mkdir()
    running = 0
    while chunks or running:
        while chunks and running < os.cpu_count():
            fork(chunks.pop(0))
            running += 1
        _, status = os.wait()
        running -= 1
        if status:
            raise ChildProcessError("compile: a child failed")


if __name__ == "__main__":
    from builder import run

    run("python", build)
