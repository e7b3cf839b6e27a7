"""The standard input, compressed to the standard output: equal bytes for equal bytes.

Run as `compress.py gz` or `compress.py zstd`, the latter with libzstd.py on the module search path.
"""

import os
import sys
import zlib
from collections.abc import Callable
from typing import Any

import libzstd

CHUNK = 1 << 20
COMPRESSORS: dict[str, Callable[[], Any]] = {
    # The header of gzip that zlib writes has no time and no name.
    "gz": lambda: zlib.compressobj(wbits=31),
    "zstd": libzstd.Compressor,
}


def main(name: str) -> None:
    """Compress it; a failure is one line."""
    out = sys.stdout.buffer
    compressor = COMPRESSORS[name]()
    try:
        while chunk := sys.stdin.buffer.read(CHUNK):
            out.write(compressor.compress(chunk))
        out.write(compressor.flush())
        out.flush()
    except OSError as error:
        # When it ends, Python flushes what is still in the buffer, and would report the same failure once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        sys.exit(f"docker-tools: the compressed archive: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1])
