"""A Nix store of its own in a temporary folder, which a benchmark fills and throws away."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nix_closure import run


class PrivateStore:
    """A context: a new store that holds copies of some paths of the machine's store, and ends with the context.

    Its paths are /nix/store/… too, as builders see them, so what it builds are the very derivations of the machine's
    store. That takes a sandbox: root, or a kernel that grants user namespaces.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths

    def __enter__(self) -> Path:
        """The folder below which the store stands, for nix_closure.at."""
        self._folder = Path(tempfile.mkdtemp(prefix="bench-store-")).resolve()
        try:
            if self._paths:
                run("nix", "copy", "--no-check-sigs", "--to", str(self._folder), *self._paths)
        except BaseException:
            self.__exit__()
            raise
        return self._folder

    def __exit__(self, *exception: object) -> None:
        # Nix makes the folders of a store read-only: without the right to write, only root could delete their files.
        for folder, _, _ in os.walk(self._folder):
            os.chmod(folder, 0o700)
        shutil.rmtree(self._folder)
