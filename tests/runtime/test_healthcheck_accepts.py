"""healthcheck at a server that listens, where a worker accepts connections or does not."""

import errno
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from loopback_servers import ENDS_WITHIN, connect, family_of, free_port, listener, worker
from made_up_container import GUNICORN, Checked, Container

HEALTHY = Checked(0, "")


@pytest.fixture
def container(elsewhere: Container) -> Container:
    """One that sees the servers of a test as the kernel shows them."""
    elsewhere.has_the_tables_of_the_kernel()
    return elsewhere


@pytest.fixture
def impatient(container: Container) -> Container:
    """The same, for a server that will not accept."""
    container.gives_up_sooner()
    return container


# Where the server listens, and where the check connects.
PLACES = [
    ("127.0.0.1", "127.0.0.1"),
    ("0.0.0.0", "0.0.0.0"),
    ("::1", "::1"),
    ("::", "::"),
    ("::", "127.0.0.1"),
    ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
    ("unix", "unix"),
]
everywhere = pytest.mark.parametrize("bound, asked", PLACES, ids=[f"{bound}-{asked}" for bound, asked in PLACES])


@contextmanager
def server_at(container: Container, bound: str, asked: str) -> Iterator[tuple[socket.socket, str]]:
    """A socket that listens there, and the BIND by which it is asked."""
    if bound == "unix":
        path = f"{container.root}/a socket"
        with listener(path) as server:
            yield server, f"unix:{path}"
    else:
        with listener((bound, 0)) as server:
            host = f"[{asked}]" if ":" in asked else asked
            yield server, f"{host}:{server.getsockname()[1]}"


def assert_not_accepted(checked: Checked, bind: str) -> None:
    assert checked.status == 1
    (line,) = checked.said.splitlines()
    assert line.startswith(f"healthcheck: {bind}: no worker accepts the connection within 1 seconds; ")
    assert "see the container's log" in line


@everywhere
def test_not_healthy_while_no_worker_accepts(impatient: Container, bound: str, asked: str) -> None:
    with server_at(impatient, bound, asked) as (_, bind):
        for _ in range(2):  # what an earlier check left in the queue changes nothing
            assert_not_accepted(impatient.check(BIND=bind), bind)


@everywhere
def test_healthy_when_one_does(container: Container, bound: str, asked: str) -> None:
    with server_at(container, bound, asked) as (server, bind), worker(server):
        assert container.check(BIND=bind) == HEALTHY


@everywhere
def test_waits_for_one(container: Container, bound: str, asked: str) -> None:
    with server_at(container, bound, asked) as (server, bind):
        accepted = threading.Event()

        def accept_after_a_while() -> None:
            select.select([server], [], [], ENDS_WITHIN)
            accepted.wait(0.3)
            with server.accept()[0] as connection:
                accepted.set()
                connection.recv(1)

        thread = threading.Thread(target=accept_after_a_while)
        thread.start()
        assert container.check(BIND=bind) == HEALTHY
        assert accepted.is_set()
        thread.join()


@everywhere
def test_own_configuration(impatient: Container, bound: str, asked: str) -> None:
    with server_at(impatient, bound, asked) as (server, _):
        impatient.runs(*GUNICORN, inodes=(os.fstat(server.fileno()).st_ino,))
        unused = str(free_port())
        assert impatient.check(PORT=unused).status == 1
        with worker(server):
            assert impatient.check(PORT=unused) == HEALTHY


@everywhere
def test_busy_with_another_connection(impatient: Container, bound: str, asked: str) -> None:
    with server_at(impatient, bound, asked) as (server, bind):
        client = connect(server)
        with server.accept()[0]:
            assert impatient.check(BIND=bind) == HEALTHY
            client.close()
            assert impatient.check(BIND=bind) == HEALTHY  # whoever serves it may not have noticed
        assert_not_accepted(impatient.check(BIND=bind), bind)


@pytest.mark.parametrize("bound, host", [("0.0.0.0", "127.0.0.3"), ("::", "127.0.0.3"), ("::", "::1")])
def test_busy_with_a_connection_by_another_address(impatient: Container, bound: str, host: str) -> None:
    # Such as 80 and 8080, which have zeros at the end in the table.
    port = next(port for port in range(0x5000, 0x6000, 0x10) if is_free(bound, port))
    with listener((bound, port)) as server, connect(server, host), server.accept()[0]:
        assert impatient.check(PORT=str(port)) == HEALTHY


def is_free(host: str, port: int) -> bool:
    with socket.socket(family_of(host)) as tried:
        try:
            tried.bind((host, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE  # what else is wrong, listener() finds
    return True


@pytest.mark.parametrize("others, host", [("127.0.0.2", "127.0.0.1"), ("127.0.0.1", "::1"), ("0.0.0.0", "::1")])
def test_connections_of_another_server_do_not_count(impatient: Container, others: str, host: str) -> None:
    """It has the same port at another address, as there may be with the network of the host."""
    with listener((others, 0)) as other:
        port = other.getsockname()[1]
        with listener((host, port)), connect(other), other.accept()[0]:
            checked = impatient.check(HOST=host, PORT=str(port))
    assert_not_accepted(checked, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


# Before the first look into the tables, while it is on its way, and between two.
@pytest.mark.parametrize("milliseconds", [0, 4, 5, 6, 7, 8, 9, 10, 15])
@everywhere
def test_server_that_stops_listening(container: Container, bound: str, asked: str, milliseconds: int) -> None:
    with server_at(container, bound, asked) as (server, bind):

        def stop() -> None:
            select.select([server], [], [], ENDS_WITHIN)
            time.sleep(milliseconds / 1000)
            server.close()

        thread = threading.Thread(target=stop)
        thread.start()
        container.runs(*GUNICORN, inodes=(1,))
        checked = container.check(BIND=bind)
        thread.join()
    assert checked.status == 1
    assert checked.said.startswith(f"healthcheck: {bind}: ") and "the server has not started yet" in checked.said


@pytest.mark.parametrize("say", [b"", b"220 mail ready\r\n"], ids=["hangs up", "speaks first"])
@everywhere
def test_server_that_does_not_wait_for_a_request(container: Container, bound: str, asked: str, say: bytes) -> None:
    with server_at(container, bound, asked) as (server, bind):

        def respond() -> None:
            with server.accept()[0] as connection:
                connection.sendall(say)

        thread = threading.Thread(target=respond)
        thread.start()
        assert container.check(BIND=bind) == HEALTHY
        thread.join()
