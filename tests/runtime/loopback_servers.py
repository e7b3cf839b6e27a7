"""Servers on loopback, whose every move a test decides."""

import itertools
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

# Seconds, after which a test fails.
ENDS_WITHIN = 20
NO_TLS = b"NO TLS"


def family_of(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextmanager
def listener(address: tuple[str, int] | str = ("127.0.0.1", 0)) -> Iterator[socket.socket]:
    """A socket that listens there. The kernel completes connections to it, though the test accepts none."""
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else family_of(address[0])) as server:
        try:
            server.bind(address)
        except OSError as error:
            pytest.skip(f"no address {address} on this machine: {error.strerror}")
        server.settimeout(ENDS_WITHIN)
        server.listen()
        yield server


def connect(server: socket.socket, host: str = "") -> socket.socket:
    """A client of this server, by this address or the one at which it listens."""
    connection = socket.socket(family_of(host) if host else server.family)
    connection.connect((host, server.getsockname()[1]) if host else server.getsockname())
    return connection


def free_port() -> int:
    """A port on which nobody listens."""
    with listener() as server:
        port: int = server.getsockname()[1]
    return port


def was_reached(server: socket.socket) -> bool:
    """Whether somebody connected until now."""
    server.setblocking(False)
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@contextmanager
def worker(server: socket.socket) -> Iterator[None]:
    """Somebody who accepts each connection to this socket, and waits for its end."""
    ended = threading.Event()

    def accept() -> None:
        while not ended.is_set():
            with server.accept()[0] as connection:
                connection.recv(1)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        connect(server).close()  # it waits for one more
        thread.join()


@contextmanager
def http_server(
    respond: Callable[[socket.socket], None], context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[tuple[int, list[bytes]]]:
    """A server that calls `respond` after each request. Yields its port, and a list of the requests so far.

    With a context it has TLS, and NO_TLS stands for a request that came without.
    """
    requests: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                connection = context.wrap_socket(self.request, server_side=True) if context else self.request
                if request := connection.recv(65536):
                    requests.append(request)
                    respond(connection)
            except ssl.SSLError as error:
                if error.reason == "HTTP_REQUEST":
                    requests.append(NO_TLS)
            except OSError:
                pass  # the other side hung up

    class Server(socketserver.ThreadingTCPServer):
        address_family = family_of(host)
        daemon_threads = True

    with listener((host, 0)):
        pass  # or it skips
    with Server((host, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield server.server_address[1], requests
        server.shutdown()


def answers(reply: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(reply)


def with_status(status: int) -> Callable[[socket.socket], None]:
    return answers(f"HTTP/1.1 {status} Phrase\r\ncontent-length: 0\r\n\r\n".encode())


def never(connection: socket.socket) -> None:
    time.sleep(ENDS_WITHIN)


def byte_by_byte(connection: socket.socket) -> None:
    for byte in itertools.repeat(b"H", 5 * ENDS_WITHIN):
        connection.sendall(byte)
        time.sleep(0.2)
