"""healthcheck where a server is known to run: it connects, or asks for a path, at what the variables say."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from loopback_servers import (
    ENDS_WITHIN,
    NO_TLS,
    answers,
    byte_by_byte,
    free_port,
    http_server,
    listener,
    never,
    was_reached,
    with_status,
)
from made_up_container import SOURCE, Checked, Container, tcp_row


@pytest.mark.parametrize(
    "listens, env",
    [
        ("127.0.0.1", {"PORT": "{port}"}),
        ("127.0.0.1", {"PORT": "{port}", "HOST": "", "BIND": "", "GUNICORN_CMD_ARGS": "", "HEALTHCHECK_PATH": ""}),
        ("127.0.0.1", {"PORT": "{port}", "HOST": "127.0.0.1"}),
        ("127.0.0.2", {"PORT": "{port}", "HOST": "127.0.0.2"}),
        ("127.0.0.1", {"PORT": "{port}", "HOST": "localhost"}),
        ("::1", {"PORT": "{port}", "HOST": "::"}),
        ("::1", {"PORT": "{port}", "HOST": "::1"}),
        ("127.0.0.1", {"BIND": "0.0.0.0:{port}", "HOST": "127.0.0.2", "PORT": "1"}),
        ("127.0.0.1", {"BIND": ":{port}"}),
        ("127.0.0.1", {"BIND": "tcp://127.0.0.1:{port}"}),
        ("127.0.0.2", {"BIND": "127.0.0.1:1, 127.0.0.2:{port}"}),
        ("::1", {"BIND": "[::]:{port}"}),
        ("::1", {"BIND": "[::1]:{port}"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "--workers=2 --bind 127.0.0.1:{port}", "BIND": "127.0.0.2:1"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "--bind=127.0.0.1:{port} --backlog 9"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "-b '127.0.0.1:{port}'"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "-b127.0.0.1:{port}"}),
        ("127.0.0.2", {"GUNICORN_CMD_ARGS": "-b 127.0.0.1:1 -b=127.0.0.2:{port}"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "--workers=2 --backlog 9", "PORT": "{port}"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "-RDb 127.0.0.1:{port} --bi=127.0.0.2:1"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "--name 'a -b 127.0.0.2:1' -n--bind=127.0.0.2:1", "PORT": "{port}"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "--preload -- --bind 127.0.0.2:1", "PORT": "{port}"}),
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "--name 'a", "PORT": "{port}"}),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else value,
)
def test_connects_where_the_variables_say(serving: Container, listens: str, env: dict[str, str]) -> None:
    with listener((listens, 0)) as server:
        port = server.getsockname()[1]
        checked = serving.check(**{name: value.format(port=port) for name, value in env.items()})
        assert checked == Checked(0, "")
        assert was_reached(server)


@pytest.mark.parametrize("form", ["unix:{root}/s", "unix://{root}/s", "unix:s", "unix://s"])
def test_connects_to_a_unix_socket(serving: Container, form: str) -> None:
    with listener(str(serving.root / "s")) as server:
        assert serving.check(BIND=form.format(root=serving.root)) == Checked(0, "")
        assert was_reached(server)


@pytest.mark.parametrize(
    "bind, wrong",
    [
        ("127.0.0.1:{port}", "127.0.0.1:{port}: Connection refused"),
        ("127.0.0.1:{port},127.0.0.1:1", "127.0.0.1:{port}: Connection refused"),
        ("unix:/missing", "unix:/missing: No such file or directory"),
        ("127.0.0.1:http", "127.0.0.1:http: "),
        ("127.0.0.1:99999", "127.0.0.1:99999: "),
        ("fd://3", "fd://3: "),
        (".." * 40 + ":80", ".." * 40 + ":80: "),
        ("unix:/" + "long" * 50, "unix:/" + "long" * 50 + ": "),
    ],
)
@pytest.mark.parametrize("path", ["", "/health"])
def test_nobody_listens(serving: Container, bind: str, wrong: str, path: str) -> None:
    port = free_port()
    checked = serving.check(BIND=bind.format(port=port), HEALTHCHECK_PATH=path)
    assert checked.status == 1
    (line,) = checked.said.splitlines()
    assert line.startswith(f"healthcheck: {wrong.format(port=port)}") and "see the container's log" in line


@pytest.mark.parametrize("status", [200, 204, 307, 404, 499])
def test_status_from_200_to_499_is_healthy(serving: Container, status: int) -> None:
    with http_server(with_status(status)) as (port, requests):
        assert serving.check(PORT=str(port), HEALTHCHECK_PATH="/health?deep=1") == Checked(0, "")
        (request,) = requests
        assert request.startswith(b"GET /health?deep=1 HTTP/1.1\r\nHost: localhost\r\n")


@pytest.mark.parametrize("status", ["500", "503", "599", "999", "000", "099"])
def test_another_status_is_not(serving: Container, status: str) -> None:
    with http_server(answers(f"HTTP/1.1 {status} Phrase\r\n\r\n".encode())) as (port, _):
        checked = serving.check(BIND=f"127.0.0.1:{port}", HEALTHCHECK_PATH="/health")
    assert checked.status == 1
    assert checked.said.startswith(f"healthcheck: 127.0.0.1:{port}/health: answers with status {int(status)}, ")


@pytest.mark.parametrize(
    "final, expected", [(b"HTTP/1.1 200 OK\r\n\r\n", 0), (b"HTTP/1.1 503 Busy\r\n\r\n", 1), (b"", 1), (b"junk\n", 1)]
)
def test_the_status_after_interim_ones_counts(serving: Container, final: bytes, expected: int) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nHTTP/1.1: 200\r\n\r\n"
    with http_server(answers(interim + final)) as (port, _):
        assert serving.check(PORT=str(port), HEALTHCHECK_PATH="/").status == expected


@pytest.mark.parametrize("path", ["/health", ""])
def test_only_where_nobody_listens_another_socket_is_asked(serving: Container, path: str) -> None:
    """Such as one for metrics, of the same server, while its workers fail."""
    with http_server(answers(b"")) as (port, _), http_server(with_status(404)) as (other, requests):
        serving.runs("gunicorn", inodes=(7,))
        serving.tables(tcp=tcp_row("127.0.0.1", other, 7))
        checked = serving.check(PORT=str(port), HEALTHCHECK_PATH=path)
        assert checked.status == (1 if path else 0)
        assert requests == []
        assert serving.check(PORT=str(free_port()), HEALTHCHECK_PATH=path).status == 0


def test_no_request_without_a_path(serving: Container) -> None:
    with http_server(with_status(503)) as (port, requests):
        assert serving.check(PORT=str(port)) == Checked(0, "")
    assert requests == []


def test_path_over_a_unix_socket(serving: Container) -> None:
    path = str(serving.root / "s")
    with listener(path) as server:

        def answer_the_second_connection() -> None:
            server.accept()[0].close()
            with server.accept()[0] as connection:
                connection.recv(65536)  # else the close would take back the answer
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

        thread = threading.Thread(target=answer_the_second_connection)
        thread.start()
        assert serving.check(BIND=f"unix:{path}", HEALTHCHECK_PATH="/") == Checked(0, "")
        thread.join()


@pytest.mark.parametrize("respond", [never, byte_by_byte])
def test_gives_up_on_a_server_that_hangs(serving: Container, respond: Callable[[socket.socket], None]) -> None:
    serving.gives_up_sooner()
    with http_server(respond) as (port, _):
        checked = serving.check(BIND=f"127.0.0.1:{port}", HEALTHCHECK_PATH="/health")
    assert checked.status == 1
    assert checked.said.startswith(f"healthcheck: 127.0.0.1:{port}/health: no answer within 1 seconds")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\n",
        b"HTTP/1.1",
        b"HTTP/1.1 200",
        b"HTTP/1.1 two\r\n",
        b"HTTP/1.1 -1 x\r\n",
        b"HTTP/1.1 +20 x\r\n",
        b"HTTP/1.1 2_0 x\r\n",
        b"HTTP/1.1 2000 x\r\n",
        b"HTTP/x 200 OK\r\n",
        b"220 mail ready\r\n",
        b"\xff" * 200,
    ],
)
def test_an_answer_that_is_not_http(serving: Container, reply: bytes) -> None:
    with http_server(answers(reply)) as (port, _):
        checked = serving.check(BIND=f"127.0.0.1:{port}", HEALTHCHECK_PATH="/health")
    assert checked.status == 1
    assert checked.said == f"healthcheck: 127.0.0.1:{port}/health: no answer in HTTP; see the app's log\n"


# Runs a script with these file descriptors closed, or leading to a disk that is full.
WITHOUT_OUTPUT = """\
import os, sys
how, script = sys.argv[1:]
for fd in (1, 2):
    if how == "full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), fd)
    else:
        os.close(fd)
os.execv(sys.executable, [sys.executable, "-S", script])
"""


@pytest.mark.parametrize("how", ["full", "closed"])
def test_what_it_says_does_not_decide(serving: Container, how: str) -> None:
    with http_server(with_status(200)) as (port, _):
        command = [sys.executable, "-S", "-c", WITHOUT_OUTPUT, how, str(serving.script)]
        for path, expected in ("/", 0), ("/ ", 64):
            env = {"PORT": str(port), "HEALTHCHECK_PATH": path}
            assert subprocess.run(command, env=env, timeout=ENDS_WITHIN).returncode == expected


@pytest.mark.parametrize("path", ["health", "http://localhost/", "/a b", "/a\r\nX: 1", "/\x7f", "/é", " /health"])
def test_wrong_path(serving: Container, path: str) -> None:
    with http_server(with_status(200)) as (port, requests):
        checked = serving.check(PORT=str(port), HEALTHCHECK_PATH=path)
    assert checked.status == 64 and requests == []
    (line,) = checked.said.splitlines()
    assert line.startswith("healthcheck: HEALTHCHECK_PATH: ")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS with a certificate of its own making."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl command on PATH to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("arguments", ["--certfile=cert.pem --keyfile key.pem", ""], ids=["told", "found out"])
@pytest.mark.parametrize("status, expected", [(200, 0), (503, 1)])
def test_path_over_tls(
    serving: Container, certificate: ssl.SSLContext, arguments: str, status: int, expected: int
) -> None:
    with http_server(with_status(status), certificate) as (port, requests):
        env = {"PORT": str(port), "HEALTHCHECK_PATH": "/health", "GUNICORN_CMD_ARGS": arguments}
        assert serving.check(**env).status == expected
        assert [request == NO_TLS for request in requests] == ([False] if arguments else [True, False])


def test_server_without_the_tls_that_it_was_told(serving: Container) -> None:
    """As /start-reload.sh, which does not read GUNICORN_CMD_ARGS."""
    plain = answers(b"HTTP/1.1 200 OK\r\n\r\n")
    with http_server(plain) as (port, _):
        env = {"PORT": str(port), "HEALTHCHECK_PATH": "/", "GUNICORN_CMD_ARGS": "--certfile=cert.pem"}
        assert serving.check(**env) == Checked(0, "")


def test_kernel_without_ipv6(serving: Container) -> None:
    (serving.root / "proc/net/tcp6").unlink()
    assert serving.check(PORT=str(free_port())).status == 1


def test_imports_little(serving: Container) -> None:
    """A check runs every few seconds: what these modules cost is more than all the rest."""
    with listener() as server:
        checked = serving.check_with(("-X", "importtime"), {"PORT": str(server.getsockname()[1])})
    imported = {line.rpartition("|")[2].strip() for line in checked.said.splitlines()}
    assert "socket" in imported
    assert not imported & {"site", "re", "ssl", "http.client", "argparse", "shlex", "pathlib"}


def test_runs_as_the_image_starts_it() -> None:
    file = Path(__file__).parents[2] / "runtime/healthcheck"
    assert SOURCE.startswith("#!/usr/local/bin/python3 -IS\n")
    assert os.access(file, os.X_OK)
