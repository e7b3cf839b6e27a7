"""healthcheck where it must find out whether a server runs, and where that listens."""

import shutil

import pytest

from loopback_servers import free_port, http_server, listener, was_reached, with_status
from made_up_container import GUNICORN, UNIX_LISTENS, Checked, Container, tcp_row


@pytest.mark.parametrize(
    "command",
    [
        ("/bin/sh", "/start.sh"),
        ("/sbin/docker-init", "--", "/start.sh"),
        ("sh", "-c", "alembic upgrade head && exec /start-reload.sh"),
        GUNICORN,
        ("gunicorn: master [main:app]",),
        ("python", "-m", "uvicorn", "main:app"),
        ("sh", "-c", "sleep 5; uvicorn main:app"),
    ],
    ids=" ".join,
)
def test_a_server_that_is_to_come_must_listen(elsewhere: Container, command: tuple[str, ...]) -> None:
    elsewhere.runs(*command)
    assert elsewhere.check(PORT=str(free_port())).status == 1


@pytest.mark.parametrize(
    "command",
    [
        ("sleep", "60"),
        ("celery", "-A", "app.worker", "worker"),
        ("bash", "/worker-start.sh"),
        ("bash", "/app/tests-start.sh"),
        ("python", "gunicorn_conf.py"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("path", ["", "/health"])
def test_another_command_need_not_listen(elsewhere: Container, command: tuple[str, ...], path: str) -> None:
    elsewhere.runs(*command)
    checked = elsewhere.check(PORT=str(free_port()), HEALTHCHECK_PATH=path)
    assert checked.status == 0
    (line,) = checked.said.splitlines()
    assert "another command" in line


def test_another_command_that_answers_is_asked(elsewhere: Container) -> None:
    elsewhere.runs("hypercorn", "main:app")
    with http_server(with_status(503)) as (port, _):
        assert elsewhere.check(PORT=str(port), HEALTHCHECK_PATH="/health").status == 1


@pytest.mark.parametrize(
    "table, bound, listens",
    [
        ("tcp", "0.0.0.0", "127.0.0.1"),
        ("tcp", "127.0.0.2", "127.0.0.2"),
        ("tcp6", "::", "::1"),
        ("tcp6", "::", "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("path", ["", "/"])
def test_finds_where_a_configuration_file_binds(
    elsewhere: Container, table: str, bound: str, listens: str, path: str
) -> None:
    with http_server(with_status(200), host=listens) as (port, requests):
        elsewhere.runs(*GUNICORN, inodes=(6, 7))
        elsewhere.tables(**{table: tcp_row(bound, port, 5, "01") + tcp_row(bound, port, 7)})
        assert elsewhere.check(PORT=str(free_port()), HEALTHCHECK_PATH=path) == Checked(0, "")
    assert len(requests) == (1 if path else 0)


def test_finds_the_unix_socket_of_a_configuration_file(elsewhere: Container) -> None:
    path = str(elsewhere.root / "s")
    elsewhere.runs(*GUNICORN, inodes=(7,))
    elsewhere.tables(unix=UNIX_LISTENS.format(7, path))
    with listener(path) as server:
        assert elsewhere.check(PORT=str(free_port())) == Checked(0, "")
        assert was_reached(server)


@pytest.mark.parametrize("inode, state", [(8, "0A"), (7, "01")], ids=["not of this container", "not listening"])
def test_other_sockets_do_not_count(elsewhere: Container, inode: int, state: str) -> None:
    with listener() as server:
        elsewhere.runs(*GUNICORN, inodes=(7,))
        elsewhere.tables(tcp=tcp_row("127.0.0.1", server.getsockname()[1], inode, state))
        assert elsewhere.check(PORT=str(free_port())).status == 1
        assert not was_reached(server)


def test_sockets_of_a_prestart_script_do_not_count(elsewhere: Container) -> None:
    with listener() as server:
        elsewhere.runs("/bin/sh", "/start.sh")
        elsewhere.runs("redis-server", inodes=(7,))
        elsewhere.tables(tcp=tcp_row("127.0.0.1", server.getsockname()[1], 7))
        assert elsewhere.check(PORT=str(free_port())).status == 1


def test_server_of_another_user(elsewhere: Container) -> None:
    """Its sockets are hidden, so that any counts."""
    with listener() as server:
        elsewhere.runs(*GUNICORN)
        shutil.rmtree(elsewhere.root / "proc/1/fd")
        elsewhere.tables(tcp=tcp_row("127.0.0.1", server.getsockname()[1], 7))
        assert elsewhere.check(PORT=str(free_port())) == Checked(0, "")
