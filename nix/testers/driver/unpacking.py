"""Files out of a tar that a guest has made: whatever it says, nothing outside of one folder is written."""

import os
import shutil
import tarfile
from pathlib import Path
from typing import BinaryIO


class UnsafeArchive(Exception):
    """What is wrong with the archive: `NAME: …`."""


def unpack(packed: BinaryIO, target: Path) -> None:
    """Unpack folders, files and links below the existing folder `target`, in place of what stands there.

    Symbolic links come as they are, and are never followed, nor is one that stands there already. Owners, times and
    set-id bits are left out. Raises UnsafeArchive, before anything of the member at fault is written, and OSError.
    """
    files: set[Path] = set()
    try:
        # Uncompressed alone, so that little cannot become much.
        with tarfile.open(fileobj=packed, mode="r:") as archive:
            for member in archive:
                path = _place(member.name, target)
                if path != target:
                    _make(archive, member, path, target, files)
    # A ValueError or OverflowError: a number or a name that is none.
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise UnsafeArchive(f"no archive that can be read: {error}") from None


def _place(name: str, target: Path) -> Path:
    """Where the member of this name goes: below the target, through folders alone."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise UnsafeArchive(f"{name}: leads out of the folder")
    path = target
    for part in parts[:-1]:
        path /= part
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise UnsafeArchive(f"{name}: leads through a link or a file")
    return target.joinpath(*parts)


def _make(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path, target: Path, files: set[Path]) -> None:
    """Make one member at `path`; `files` are the files that the archive has made so far."""
    is_folder = not path.is_symlink() and path.is_dir()
    if not (member.isdir() or member.isfile() or member.issym() or member.islnk()) or member.issparse():
        raise UnsafeArchive(f"{member.name}: neither a file, a folder nor a link")
    if is_folder and not member.isdir():
        raise UnsafeArchive(f"{member.name}: a folder stands there")
    linked = _place(member.linkname, target) if member.islnk() else None
    if linked is not None and linked not in files:
        raise UnsafeArchive(f"{member.name}: a hard link to what is no file of the archive")
    if is_folder or linked == path:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    files.discard(path)
    if member.isdir():
        path.mkdir()
    elif member.issym():
        path.symlink_to(member.linkname)
    elif linked is not None:
        os.link(linked, path, follow_symlinks=False)
        files.add(path)
    elif content := archive.extractfile(member):
        with path.open("xb") as out:
            shutil.copyfileobj(content, out)
        path.chmod(member.mode & 0o777)
        files.add(path)
