"""Zstandard by the C library, since Python 3.11 has none, with the interface of bz2's and lzma's (zstd.h).

The environment variable LIBZSTD names the library; without it, that of the machine is used.
"""

import ctypes
import os
from functools import cache
from typing import Any

# How a frame begins, and how one begins that holds nothing to decompress: tools put their own notes there.
FRAME = b"\x28\xb5\x2f\xfd"
SKIPPABLE_FRAMES = tuple(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))

_CONTINUE, _END = 0, 2


class ZstdError(ValueError):
    """What the library says of data, or that there is no library."""


class _Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer, which have one form."""

    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t))

    data: int
    size: int
    position: int


@cache
def _library() -> Any:
    path = os.environ.get("LIBZSTD", "libzstd.so.1")
    try:
        library = ctypes.CDLL(path)
    except OSError:
        raise ZstdError(f"the library {path} is missing; install libzstd1, or use gzip") from None
    buffer = ctypes.POINTER(_Buffer)
    for name, result, arguments in (
        ("createDStream", ctypes.c_void_p, ()),
        ("freeDStream", ctypes.c_size_t, (ctypes.c_void_p,)),
        ("decompressStream", ctypes.c_size_t, (ctypes.c_void_p, buffer, buffer)),
        ("createCStream", ctypes.c_void_p, ()),
        ("freeCStream", ctypes.c_size_t, (ctypes.c_void_p,)),
        ("compressStream2", ctypes.c_size_t, (ctypes.c_void_p, buffer, buffer, ctypes.c_int)),
        ("isError", ctypes.c_uint, (ctypes.c_size_t,)),
        ("getErrorName", ctypes.c_char_p, (ctypes.c_size_t,)),
    ):
        function = getattr(library, f"ZSTD_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def _checked(result: int) -> int:
    if _library().ZSTD_isError(result):
        raise ZstdError(_library().ZSTD_getErrorName(result).decode())
    return result


def _input(data: bytes) -> _Buffer:
    return _Buffer(ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p), len(data), 0)


class Decompressor:
    """One frame. The library takes 128 MiB for it at most. Raises ZstdError."""

    def __init__(self) -> None:
        self._stream = ctypes.c_void_p(_library().ZSTD_createDStream())
        self._pending = b""
        self.eof = False
        self.needs_input = True

    def __del__(self) -> None:
        if hasattr(self, "_stream"):
            _library().ZSTD_freeDStream(self._stream)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes of what comes next; if they may be more, `needs_input` is false."""
        data = self._pending + data
        source = _input(data)
        memory = ctypes.create_string_buffer(max_length)
        target = _Buffer(ctypes.addressof(memory), max_length, 0)
        while not self.eof and target.position < max_length:
            before = (source.position, target.position)
            left = _checked(_library().ZSTD_decompressStream(self._stream, target, source))
            self.eof = left == 0
            if (source.position, target.position) == before:
                break
        self._pending = data[source.position :]
        self.needs_input = not self._pending and target.position < max_length
        return memory.raw[: target.position]

    @property
    def unused_data(self) -> bytes:
        """What follows the frame, once its end is reached."""
        return self._pending if self.eof else b""


class Compressor:
    """One frame, of the library's default level. Raises ZstdError."""

    def __init__(self) -> None:
        self._stream = ctypes.c_void_p(_library().ZSTD_createCStream())

    def __del__(self) -> None:
        if hasattr(self, "_stream"):
            _library().ZSTD_freeCStream(self._stream)

    def compress(self, data: bytes) -> bytes:
        """What of the frame is ready once `data` is added."""
        return self._run(data, _CONTINUE)

    def flush(self) -> bytes:
        """The rest of the frame."""
        return self._run(b"", _END)

    def _run(self, data: bytes, directive: int) -> bytes:
        source = _input(data)
        memory = ctypes.create_string_buffer(max(len(data), 1 << 16))
        written = b""
        while True:
            target = _Buffer(ctypes.addressof(memory), len(memory), 0)
            left = _checked(_library().ZSTD_compressStream2(self._stream, target, source, directive))
            written += memory.raw[: target.position]
            # A frame that goes on is done when the data are taken; one that ends, when nothing is left of it.
            if source.position == len(data) and (left == 0 or directive == _CONTINUE):
                return written
