"""The hash of a source that its bytecode holds (PEP 552), for any version of Python.

It is SipHash, keyed with the version's magic number. `importlib.util.source_hash` knows the running version only. So
OpenSSL's SipHash is called, in the library that this Python's hashlib has loaded.
"""

import _hashlib
from ctypes import (
    CDLL,
    POINTER,
    Structure,
    addressof,
    c_char_p,
    c_size_t,
    c_uint,
    c_void_p,
    create_string_buffer,
    sizeof,
)

UNSIGNED_INTEGER = 2

_openssl = CDLL(_hashlib.__file__)


class _Parameter(Structure):
    """OSSL_PARAM(3)."""

    _fields_ = [
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    ]


_mac = _openssl.EVP_Q_mac
_mac.restype = c_void_p
_mac.argtypes = [
    *(c_void_p, c_char_p, c_char_p, c_char_p, POINTER(_Parameter)),
    *(c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(c_size_t)),
]


def source_hash(magic: bytes, minor: str, source: bytes) -> bytes:
    """The hash of `source` in bytecode of Python `minor` ("3.9"), whose first four bytes are `magic`."""
    # Since Python 3.11 it is the variant with fewer rounds.
    rounds = (2, 4) if tuple(map(int, minor.split("."))) < (3, 11) else (1, 3)
    values = {b"size": c_size_t(8), b"c-rounds": c_uint(rounds[0]), b"d-rounds": c_uint(rounds[1])}
    parameters = [_Parameter(k, UNSIGNED_INTEGER, addressof(v), sizeof(v), 0) for k, v in values.items()]
    out = create_string_buffer(8)
    array = (_Parameter * 4)(*parameters, _Parameter())
    key = magic.ljust(16, b"\0")
    if not _mac(None, b"SIPHASH", None, None, array, key, len(key), source, len(source), out, len(out), c_size_t()):
        raise RuntimeError("OpenSSL has no SipHash")
    return out.raw
