"""An archive or a folder of a project's source → a folder to build it in, whoever made the archive."""

import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

# What an archive of no size may expand to, and how much more for each byte that it has. Deflate reaches a thousand.
ALLOWANCE = 1 << 30
RATIO = 100
# The most files of an archive.
FILES = 200_000
CHUNK = 1 << 20

# What comes of an archive that is broken, from the libraries that read it.
BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(ValueError, LookupError, RuntimeError, OverflowError, NotImplementedError),
)


class Member(NamedTuple):
    """A file of an archive."""

    name: str
    is_executable: bool
    content: IO[bytes]


def unpack(source: Path, folder: Path) -> Path:
    """Put the source, an archive or a folder, below the new `folder`; returns the project's own folder there.

    Files and folders become writable, and in archives links become what they lead to.
    Raises ValueError if the archive is broken, has a file that would be elsewhere, or more than it may.
    """
    if source.is_dir():
        shutil.copytree(source, folder, symlinks=True)
        for path, _, files in os.walk(folder):
            os.chmod(path, 0o755)
            for file in map(Path(path).joinpath, files):
                if not file.is_symlink():
                    file.chmod(file.stat().st_mode & 0o777 | 0o200)
        return folder
    folder.mkdir()
    try:
        _write(_members(source), folder, ALLOWANCE + RATIO * source.stat().st_size)
    except BROKEN as error:
        raise ValueError(f"its archive is broken: {' '.join(str(error).split())[:200]}") from None
    content = list(folder.iterdir())
    # A source distribution has one folder, NAME-VERSION; so have the archives that hosts of git make.
    return content[0] if len(content) == 1 and content[0].is_dir() else folder


def _members(source: Path) -> Iterator[Member]:
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    with archive.open(member) as file:
                        yield Member(member.filename, bool(member.external_attr >> 16 & 0o111), file)
    else:
        with tarfile.open(source) as tar:
            for entry in tar:
                try:
                    # What a link leads to, if that is in the archive; of folders there is none.
                    content = tar.extractfile(entry)
                except (KeyError, RecursionError):
                    continue
                if content is not None:
                    yield Member(entry.name, bool(entry.mode & 0o111), content)


def _write(members: Iterator[Member], folder: Path, most: int) -> None:
    for number, (name, is_executable, content) in enumerate(members):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            raise ValueError(f"{name:.100} would be elsewhere")
        if number == FILES:
            raise ValueError(f"it has more than {FILES} files")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            while chunk := content.read(CHUNK):
                most -= len(chunk)
                if most < 0:
                    raise ValueError("it expands to more than it may")
                file.write(chunk)
        target.chmod(0o755 if is_executable else 0o644)
