"""Prints as JSON which modules of the standard library fail to import, and why: {module: error}."""

import contextlib
import importlib
import io
import json
import pkgutil
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from importlib.machinery import FileFinder

SKIPPED = (
    "__main__",  # runs a program
    "antigravity",  # opens a browser
    "idlelib",
    "test",
    "tests",
    "turtledemo",
)


def modules(folders: list[str], package: str = "") -> Iterator[str]:
    """The full names of the modules in these folders of a package, and of those below them."""
    for module in pkgutil.iter_modules(folders):
        if module.name in SKIPPED:
            continue
        yield package + module.name
        if module.ispkg:
            assert isinstance(module.module_finder, FileFinder)
            yield from modules([f"{module.module_finder.path}/{module.name}"], f"{package}{module.name}.")


stdlib = sysconfig.get_path("stdlib")
names = {*sys.builtin_module_names, *modules([stdlib, stdlib + "/lib-dynload"])}
names |= {name for name in getattr(sys, "stdlib_module_names", ()) if name not in SKIPPED}

warnings.simplefilter("ignore")
failures = {}
for name in sorted(names):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            importlib.import_module(name)
        except BaseException as error:
            failures[name] = f"{type(error).__name__}: {error}"
print(json.dumps(failures))
