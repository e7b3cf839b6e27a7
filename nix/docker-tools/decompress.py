"""Compressed files → what is in them, a piece at a time and no more than their size allows."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import libzstd

# How many bytes are read at a time, and the most that one piece of a decompressed file has.
CHUNK = 1 << 16
# What an archive of no size may expand to, and how much more for each byte that it has. A layer of an ordinary image
# is a third to a tenth of its size when compressed. The worst of what gzip, bzip2 and xz can write is a thousandth to
# a millionth.
ALLOWANCE = 1 << 30
RATIO = 100
# The memory that xz may take, in bytes. xz -9 needs a quarter of it.
XZ_MEMORY = 1 << 28


class _Gzip:
    """zlib's decompressor of gzip, with the interface of bz2's and lzma's."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


# How a compressed file begins → what makes its decompressor.
DECOMPRESSORS: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY),
    libzstd.FRAME: libzstd.Decompressor,
    **dict.fromkeys(libzstd.SKIPPABLE_FRAMES, libzstd.Decompressor),
}


class Budget:
    """What all that is in an archive of `size` bytes, its compressed layers too, may expand to."""

    def __init__(self, size: int) -> None:
        self._left = ALLOWANCE + RATIO * size

    def spend(self, size: int) -> None:
        """Raise ValueError if the archive has expanded to more."""
        self._left -= size
        if self._left < 0:
            raise ValueError(
                f"expands to more than {RATIO} times the archive and {ALLOWANCE >> 20} MiB; decompress it before, "
                "if you trust it"
            )


def is_compressed(start: bytes) -> bool:
    """Whether a file that starts with these bytes is compressed."""
    return start.startswith(tuple(DECOMPRESSORS))


def plain(chunks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    """The content of a file that may be compressed, from the chunks that it is read in.

    Raises ValueError if it is damaged or cut short, and if the budget is spent.
    """
    start = next(chunks, b"")
    chunks = chain([start], chunks)
    if not is_compressed(start):
        return chunks
    make = next(make for magic, make in DECOMPRESSORS.items() if start.startswith(magic))
    return _decompressed(chunks, make, budget)


def _decompressed(chunks: Iterable[bytes], make: Callable[[], Any], budget: Budget) -> Iterator[bytes]:
    """Decompress one stream after another, as `cat` of compressed files makes them. Zeros may be between and after."""
    decompressor = make()
    for chunk in chunks:
        data = chunk
        while True:
            if decompressor.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                decompressor = make()
            try:
                piece = decompressor.decompress(data, CHUNK)
            except (zlib.error, lzma.LZMAError, libzstd.ZstdError, OSError) as error:
                raise ValueError(f"is damaged ({error}); save the image again") from None
            budget.spend(len(piece))
            yield piece
            if decompressor.eof:
                data = decompressor.unused_data
            elif decompressor.needs_input:
                break
            else:
                data = b""
    if not decompressor.eof:
        raise ValueError("is cut short; save the image again")
