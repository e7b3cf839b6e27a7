"""healthcheck against real sockets of loopback, in a container that is made up: a copy of the script reads /proc from a
folder. Without the -I of the image, since the sandbox's Python finds its library by a variable.
"""

import itertools
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
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

SOURCE = (Path(__file__).parents[2] / "runtime/healthcheck").read_text()
GIVES_UP = "SECONDS = 5"
GUNICORN = ("/usr/local/bin/python", "/usr/local/bin/gunicorn", "-c", "/gunicorn_conf.py", "main:app")
UNIX_LISTENS = "00000000f: 00000002 00000000 00010000 0001 01 {} {}\n"


@dataclass
class Checked:
    status: int
    said: str


@dataclass
class Container:
    """What healthcheck sees of one: its folder /proc. Nothing runs there until a test says so."""

    root: Path

    def __post_init__(self) -> None:
        self.pids = itertools.count(1)
        (self.root / "proc/net").mkdir(parents=True)
        self.script = self.root / "healthcheck"
        self.script.write_text(SOURCE.replace("/proc", f"{self.root}/proc"))
        self.tables(tcp="", tcp6="", unix="")

    def gives_up_sooner(self) -> None:
        assert GIVES_UP in SOURCE
        self.script.write_text(self.script.read_text().replace(GIVES_UP, "SECONDS = 1"))

    def runs(self, *command: str, inodes: tuple[int, ...] = ()) -> None:
        """A process with this command line, which holds sockets with these inodes."""
        folder = self.root / f"proc/{next(self.pids)}"
        (folder / "fd").mkdir(parents=True)
        (folder / "cmdline").write_text("".join(f"{word}\0" for word in command))
        (folder / "fd/0").symlink_to("/dev/null")
        for inode in inodes:
            (folder / f"fd/{inode}").symlink_to(f"socket:[{inode}]")

    def tables(self, **tables: str) -> None:
        """What stands in files of /proc/net below the heading."""
        for name, lines in tables.items():
            (self.root / "proc/net" / name).write_text(f"  sl  local_address rem_address st and so on\n{lines}")

    def check(self, options: tuple[str, ...] = (), **env: str) -> Checked:
        command = [sys.executable, "-S", *options, str(self.script)]
        done = subprocess.run(command, env=env, cwd=self.root, capture_output=True, text=True, timeout=ENDS_WITHIN)
        assert done.stdout == "" and "Traceback" not in done.stderr
        return Checked(done.returncode, done.stderr)


def tcp_row(address: str, port: int, inode: int, state: str = "0A") -> str:
    """A line of /proc/net/tcp or tcp6 of a machine that counts bytes from the lowest."""
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    words = (packed[at : at + 4][::-1].hex().upper() for at in range(0, len(packed), 4))
    return f"   0: {''.join(words)}:{port:04X} 00000000:0000 {state} 0:0 00:00000000 0 0 0 {inode} 1\n"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Container:
    """A container in which no server runs."""
    return Container(tmp_path)


@pytest.fixture
def serving(elsewhere: Container) -> Container:
    """A container in which Gunicorn runs, so that somebody must listen."""
    elsewhere.runs(*GUNICORN)
    return elsewhere


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
        ("127.0.0.1", {"GUNICORN_CMD_ARGS": "--workers=2 --backlog 9 --bindings", "PORT": "{port}"}),
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
def test_status_below_500_is_healthy(serving: Container, status: int) -> None:
    with http_server(with_status(status)) as (port, requests):
        assert serving.check(PORT=str(port), HEALTHCHECK_PATH="/health?deep=1") == Checked(0, "")
        (request,) = requests
        assert request.startswith(b"GET /health?deep=1 HTTP/1.1\r\nHost: localhost\r\n")


@pytest.mark.parametrize("status", [500, 503, 599])
def test_status_from_500_on_is_not(serving: Container, status: int) -> None:
    with http_server(with_status(status)) as (port, _):
        checked = serving.check(BIND=f"127.0.0.1:{port}", HEALTHCHECK_PATH="/health")
    assert checked.status == 1
    assert checked.said.startswith(f"healthcheck: 127.0.0.1:{port}/health: answers with status {status}, ")


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


@pytest.mark.parametrize("reply", [b"", b"\n", b"HTTP/1.1", b"HTTP/1.1 two\r\n", b"220 mail ready\r\n", b"\xff" * 200])
def test_an_answer_that_is_not_http(serving: Container, reply: bytes) -> None:
    with http_server(answers(reply)) as (port, _):
        checked = serving.check(BIND=f"127.0.0.1:{port}", HEALTHCHECK_PATH="/health")
    assert checked.status == 1
    assert checked.said.startswith(f"healthcheck: 127.0.0.1:{port}: no answer in HTTP; ")


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


def test_kernel_without_ipv6(serving: Container) -> None:
    (serving.root / "proc/net/tcp6").unlink()
    assert serving.check(PORT=str(free_port())).status == 1


def test_imports_little(serving: Container) -> None:
    """A check runs every few seconds: what these modules cost is more than all the rest."""
    with listener() as server:
        checked = serving.check(("-X", "importtime"), PORT=str(server.getsockname()[1]))
    imported = {line.rpartition("|")[2].strip() for line in checked.said.splitlines()}
    assert "socket" in imported
    assert not imported & {"site", "re", "ssl", "http.client", "argparse", "shlex", "pathlib"}


def test_runs_as_the_image_starts_it() -> None:
    file = Path(__file__).parents[2] / "runtime/healthcheck"
    assert SOURCE.startswith("#!/usr/local/bin/python3 -IS\n")
    assert os.access(file, os.X_OK)
