"""Logs that cannot be written: a line says so, without a traceback, and the server serves on."""

import errno
import io
import json
import logging
import signal
import socket
from pathlib import Path

import pytest

from gunicorn_server import get, serving  # this skips the module where Gunicorn is missing

# isort: split
from gunicorn.config import Config
from gunicorn.glogging import Logger

from image_hooks import log_failures

pytestmark = pytest.mark.slow

FULL = "/dev/full"
TOLD = "No space left on device"
REQUESTS = 5


def accepts(path: Path) -> bool:
    """Whether a server listens at this Unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


@pytest.mark.parametrize("log, log_format", [("ACCESS_LOG", "text"), ("ERROR_LOG", "json")])
def test_file_on_a_full_disk_gives_a_line_for_each_process(tmp_path: Path, log: str, log_format: str) -> None:
    env = {log: FULL, "GUNICORN_LOG_FORMAT": log_format, "BIND": f"unix:{tmp_path}/socket"}
    with serving(tmp_path, env=env) as server:
        server.wait_until(lambda: accepts(tmp_path / "socket"), "the socket")
        for _ in range(REQUESTS):
            assert server.get_from_socket(tmp_path / "socket", "/ready") == "ready"
        server.process.send_signal(signal.SIGHUP)
        assert server.stop() == 0
    told = [line for line in server.stderr.splitlines() if TOLD in line]
    assert all(f"{FULL}: {TOLD}; log lines that this process has lost so far: " in line for line in told)
    assert 0 < len(told) <= 3
    assert "Traceback" not in server.stderr and "Logging error" not in server.stderr
    if log == "ERROR_LOG":
        assert server.stdout.count("GET /ready HTTP/1.1") == REQUESTS
        assert server.stderr.splitlines() == told
    if log_format == "json":
        assert {json.loads(line)["level"] for line in told} == {"error"}


def test_stdout_that_is_full(tmp_path: Path) -> None:
    with open(FULL, "wb") as full, serving(tmp_path, stdout=full.fileno()) as server:
        connection = server.connect()
        for _ in range(REQUESTS):
            assert get(connection, "/ready") == "ready"
        (told,) = (line for line in server.stderr.splitlines() if TOLD in line)
        assert f"<stdout>: {TOLD}; " in told
        assert "Traceback" not in server.stderr


class Disk(io.StringIO):
    """It is full until told otherwise."""

    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, TOLD)
        return super().write(text)


def test_what_is_lost_is_counted_and_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    errors: list[str] = []
    monkeypatch.setattr(Logger, "setup", Logger.setup)  # so that it is put back
    monkeypatch.setattr(Logger, "error", lambda _log, form, text: errors.append(form % text))
    log_failures.install()
    log_failures.install()
    config = Config()
    config.set("accesslog", "-")
    log = Logger(config)
    (handler,) = log.access_log.handlers
    assert isinstance(handler, logging.StreamHandler)
    disk = Disk()
    handler.setStream(disk)
    for _ in range(7):
        log.access_log.info("lost")
        now += log_failures.SECONDS / 3
    assert [error.rpartition(" ")[2] for error in errors] == ["1", "4", "7"]
    disk.full = False
    log.access_log.info("written")
    assert disk.getvalue() == "written\n"
