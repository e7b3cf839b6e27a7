"""A folder of pinned files under their store names: what `--to` writes and `--from` reads."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fetch_error import FetchError, writing
from pinned_files import PinnedFile, verify


class FileFolder:
    """The folder at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, file: PinnedFile) -> Path:
        """Where the folder has `file`; raises FetchError if it has none, or another of that name."""
        found = self.path / file.name
        if not found.is_file():
            fix = "write it there with --to on a machine that has a network"
            raise FetchError(f"{file.name}: not in {self.path}; {fix}")
        verify(file, found)
        return found

    def has(self, file: PinnedFile) -> bool:
        """Whether the folder has `file` already, whole."""
        try:
            return self.get(file).is_file()
        except FetchError:
            return False

    def add(self, files: Sequence[tuple[PinnedFile, Path]]) -> None:
        """Adds verified files. Each appears when it is whole, so that nobody reads a part of it."""
        for file, path in files:
            with writing(self.path / file.name), tempfile.TemporaryDirectory() as aside:
                # TMPDIR is on the file system of this folder, so that the last step is a rename.
                whole = shutil.copyfile(path, Path(aside, file.name))
                os.replace(whole, self.path / file.name)
