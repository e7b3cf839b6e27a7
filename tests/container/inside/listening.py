"""Prints as a JSON list where PID 1 listens: HOST:PORT of each TCP socket, the path of each Unix socket."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

TCP_LISTEN = "0A"
UNIX_ACCEPTS = 0x10000


def table(name: str) -> list[list[str]]:
    """The lines of a file in /proc/net, split into words, without the headings."""
    file = Path("/proc/net", name)
    return [line.split() for line in file.read_text().splitlines()[1:]] if file.exists() else []


def address(text: str, family: int) -> str:
    """HOST:PORT for an address as /proc/net writes it: words of 32 bits in the machine's byte order, hexadecimal."""
    host, port = text.split(":")
    words = [int(host[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(host), 8)]
    name = socket.inet_ntop(family, b"".join(words))
    return "{}:{}".format(f"[{name}]" if family == socket.AF_INET6 else name, int(port, 16))


def listeners() -> Iterator[tuple[str, str]]:
    """(inode, where) of all sockets that listen in this container."""
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in table(name):
            if line[3] == TCP_LISTEN:
                yield line[9], address(line[1], family)
    for line in table("unix"):
        if int(line[3], 16) & UNIX_ACCEPTS:
            yield line[6], line[7]


opened = {os.readlink(file) for file in Path("/proc/1/fd").iterdir()}
print(json.dumps(sorted(where for inode, where in listeners() if f"socket:[{inode}]" in opened)))
