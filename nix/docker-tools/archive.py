"""The metadata of an image and its layers → one tar: an OCI image layout that `docker load` and `podman load` take.

Run as `archive.py METADATA`, it writes that tar to the standard output. The small members come first, so that a reader
knows the image before its layers arrive.
"""

import errno
import json
import os
import shutil
import sys
import tarfile
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20


def write_archive(metadata: Path, out: BinaryIO) -> None:
    """Write the archive of the image whose `metadata` image.py made to `out`, a buffered file or pipe.

    Raises OSError if a layer is missing, not of its size, or `out` can't be written.
    """
    layout = metadata / "layout"
    for path in sorted(layout.rglob("*")):
        _write_member(str(path.relative_to(layout)), path, out)
    layers = {layer["diff_id"]: layer for layer in json.loads((metadata / "layers.json").read_bytes())}
    for diff_id, layer in layers.items():
        path = Path(layer["path"])
        if path.stat().st_size != layer["size"]:
            raise OSError(errno.EIO, f"is not {layer['size']} bytes long; run nix store repair", layer["path"])
        _write_member(f"blobs/{diff_id.replace(':', '/')}", path, out)
    out.write(bytes(2 * tarfile.BLOCKSIZE))
    out.flush()


def main(metadata: Path) -> None:
    """Write the archive to the standard output; a failure is one line that names the image."""
    name = json.loads((metadata / "layout" / "manifest.json").read_bytes())[0]["RepoTags"][0]
    if sys.stdout.isatty():
        sys.exit(f"docker-tools: {name}: the archive is no text for a terminal; pipe it into: docker load")
    try:
        write_archive(metadata, sys.stdout.buffer)
    except OSError as error:
        # Python flushes what is still buffered when it ends: let that not fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(f"docker-tools: {name}: the reader stopped before the archive's end; see its own message")
        sys.exit(f"docker-tools: {name}: {error.filename or 'archive'}: {error.strerror}")


def _write_member(name: str, path: Path, out: BinaryIO) -> None:
    info = tarfile.TarInfo(name)
    if path.is_dir():
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    else:
        info.size = path.stat().st_size
    out.write(info.tobuf(tarfile.PAX_FORMAT))
    if info.size:
        _copy(path, info.size, out)
        out.write(bytes(-info.size % tarfile.BLOCKSIZE))


def _copy(path: Path, size: int, out: BinaryIO) -> None:
    """Copy in the kernel, which takes files and pipes, except for a file that is open for appending."""
    out.flush()
    with path.open("rb") as file:
        try:
            while file.tell() < size:
                file.seek(os.sendfile(out.fileno(), file.fileno(), file.tell(), size - file.tell()), os.SEEK_CUR)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            shutil.copyfileobj(file, out, CHUNK)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
