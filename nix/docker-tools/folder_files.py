"""The files of an image in a folder, such as an OCI image layout, or what is unpacked of an archive."""

import os
import posixpath
import stat
from pathlib import Path

from foreign_tar import NAME
from image_files import Found, ImageFiles, lacks
from value_checks import shown


class FolderFiles(ImageFiles):
    """The files of the folder at `path`. No name leads out of it; only links do, such as those to other store paths."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __contains__(self, name: str) -> bool:
        return self._status(name) is not None

    def _find(self, name: str) -> Found:
        status = self._status(name)
        if status is None:
            raise lacks(name)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{shown(name)}: is not a regular file; save the image again")
        return Found(status.st_size, lambda: (self._path / name).open("rb"))

    def _status(self, name: str) -> os.stat_result | None:
        if posixpath.isabs(name) or ".." in name.split("/") or len(name) > NAME:
            return None
        try:
            return (self._path / name).stat()
        except (OSError, ValueError):
            return None
