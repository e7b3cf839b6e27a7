"""The standard input, compressed to the standard output: equal bytes for equal bytes.

Run as `compress.py gz` or `compress.py zstd`, the latter with libzstd.py on the module search path.
"""

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import libzstd

CHUNK = 1 << 20
COMPRESSORS: dict[str, Callable[[], Any]] = {
    # The header of gzip that zlib writes has no time and no name.
    "gz": lambda: zlib.compressobj(wbits=31),
    "zstd": libzstd.Compressor,
}


def compressed(name: str, file: IO[bytes]) -> Iterator[bytes]:
    """What a file holds, compressed, piece by piece; `name` is a key of COMPRESSORS."""
    compressor = COMPRESSORS[name]()
    while chunk := file.read(CHUNK):
        yield compressor.compress(chunk)
    yield compressor.flush()


def main(name: str) -> None:
    """Compress it; a failure is one line."""
    out = sys.stdout.buffer
    try:
        for piece in compressed(name, sys.stdin.buffer):
            out.write(piece)
        out.flush()
    except OSError as error:
        # When it ends, Python flushes what is still in the buffer, and would report the same failure once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        sys.exit(f"docker-tools: the compressed archive: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1])
