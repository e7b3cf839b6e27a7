"""The engine's HTTP API, for what tests ask often: the `docker` command takes some thirty times as long to ask it."""

import http.client
import json
import os
import socket
from typing import Any
from urllib.parse import quote, urlsplit

SECONDS = 60
FRAME_HEADER = 8  # bytes: the stream, three of nothing, the length in four


class Connection(http.client.HTTPConnection):
    """A connection to where DOCKER_HOST says, unix://PATH or tcp://HOST:PORT, or to the default socket."""

    def connect(self) -> None:
        address = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
        if address.scheme == "unix":
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(SECONDS)
            self.sock.connect(address.path)
        else:
            self.sock = socket.create_connection((address.hostname, address.port or 2375), SECONDS)


def get(path: str) -> bytes:
    """The body of what GET answers. Raises LookupError unless the status is 200: for no such container, for example."""
    connection = Connection("docker")
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise LookupError(f"GET {path}: {response.status}: {body.decode(errors='replace').strip()}")
    return body


def inspect(container: str) -> dict[str, Any]:
    """All that the engine knows of a container."""
    found: dict[str, Any] = json.loads(get(f"/containers/{quote(container)}/json"))
    return found


def logs(container: str) -> list[tuple[int, bytes]]:
    """What a container without a terminal wrote, piece by piece, in the order in which the engine got it.

    A piece is a pair: 1 for stdout or 2 for stderr, and its bytes.
    """
    frames = get(f"/containers/{quote(container)}/logs?stdout=true&stderr=true")
    pieces = []
    while frames:
        end = FRAME_HEADER + int.from_bytes(frames[4:FRAME_HEADER], "big")
        pieces.append((frames[0], frames[FRAME_HEADER:end]))
        frames = frames[end:]
    return pieces
