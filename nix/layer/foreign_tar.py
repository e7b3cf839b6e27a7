"""The members of tars that somebody else made, such as the layers of a base image."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from layer_tar import shown

# The longest name, in characters, as Linux has it; and the most bytes of what a member has beside its plain header.
NAME = 4096
HEADER = 1 << 16
# The most keys that the pax headers for all members may set.
GLOBAL_KEYS = 100

# What tarfile raises for a damaged tar.
_NO_TAR = (tarfile.TarError, ValueError, OverflowError, IndexError, KeyError, RecursionError, EOFError, OSError)


def members(path: Path) -> Iterator[tarfile.TarInfo]:
    """The members of the uncompressed tar, in their order and in bounded time and memory.

    Raises ValueError for a damaged tar, and for headers that make tarfile read for hours or without end.
    """
    offset = -1
    try:
        with _SmallReads(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
            while (info := tar.next()) is not None:
                # tarfile keeps them, with all their extended headers.
                tar.members.clear()  # type: ignore[attr-defined]
                if max(len(info.name), len(info.linkname)) > NAME or len(tar.pax_headers) > GLOBAL_KEYS:
                    raise ValueError(f"an extended header of {shown(info.name[:99])} is absurd")
                if info.offset_data <= offset:
                    raise ValueError(f"{shown(info.name)} leads back to another member")
                offset = info.offset_data
                yield info
    except _NO_TAR as error:
        raise ValueError(str(error)) from None


class _SmallReads(io.FileIO):
    """A file for tarfile, which would read an extended header of any size at once."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= HEADER:
            raise ValueError("an extended header has an absurd size")
        return super().read(size)
