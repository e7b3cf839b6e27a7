"""The metadata of an image and its layers → one tar: an OCI image layout that `docker load` and `podman load` take.

Run as `archive.py METADATA`, with oci_layout.py and descriptor.py on the module search path, it writes that tar to the
standard output. The small members come first, so that a reader knows the image before its layers arrive.
"""

import errno
import os
import shutil
import sys
import tarfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

import oci_layout
from descriptor import blob_path

CHUNK = 1 << 20


def write_archive(metadata: Path, out: IO[bytes], without: Collection[str] = ()) -> None:
    """Write the archive of the image whose `metadata` image.py made to `out`, a buffered file or pipe.

    The blobs of layers whose diff_id is one of `without` are left out, for an engine that has these layers.
    Raises OSError if a layer is missing, not of its size, or `out` can't be written.
    """
    layout = metadata / oci_layout.LAYOUT
    for path in sorted(layout.rglob("*")):
        _write_member(str(path.relative_to(layout)), path, out)
    # By digest: of equal layers, the layout has one blob.
    layers = {layer.diff_id: layer for layer in oci_layout.Image.load(metadata).layers}
    for layer in layers.values():
        if layer.diff_id in without:
            continue
        path = Path(layer.path)
        if path.stat().st_size != layer.size:
            raise OSError(errno.EIO, f"is not {layer.size} bytes long; run nix store repair", layer.path)
        _write_member(blob_path(layer.digest), path, out)
    out.write(bytes(2 * tarfile.BLOCKSIZE))
    out.flush()


def main(metadata: Path) -> None:
    """Write the archive to the standard output; a failure is one line that names the image."""
    name = oci_layout.reference(metadata)
    if sys.stdout.isatty():
        sys.exit(f"docker-tools: {name}: the archive is no text for a terminal; pipe it into: docker load")
    try:
        write_archive(metadata, sys.stdout.buffer)
    except OSError as error:
        # When it ends, Python flushes what is still in the buffer, and would report the same failure once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(f"docker-tools: {name}: the reader stopped before the archive's end; see its own message")
        sys.exit(f"docker-tools: {name}: {error.filename or 'archive'}: {error.strerror}")


def _write_member(name: str, path: Path, out: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    if path.is_dir():
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    else:
        info.size = path.stat().st_size
    out.write(info.tobuf(tarfile.PAX_FORMAT))
    if info.size:
        _copy(path, info.size, out)
        out.write(bytes(-info.size % tarfile.BLOCKSIZE))


def _copy(path: Path, size: int, out: IO[bytes]) -> None:
    """Let the kernel copy, which it does into files and pipes, but not into a file that is open for appending."""
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
