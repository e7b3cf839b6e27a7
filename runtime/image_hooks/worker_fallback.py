"""The default worker class, uvicorn.workers.UvicornWorker, with a Uvicorn that no longer has that module."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

FILE = Path(__file__).with_name("uvicorn_worker.py")


class Finder(MetaPathFinder):
    """The last one, so that it is asked only if Uvicorn lacks the module."""

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_file_location(name, FILE) if name == "uvicorn.workers" else None


def install() -> None:
    if not any(type(finder).__module__ == __name__ for finder in sys.meta_path):
        sys.meta_path.append(Finder())
