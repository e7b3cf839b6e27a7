"""What the server logs at each level; test_stop_and_start.py has the files."""

import logging
import socket
from pathlib import Path

import pytest

from containers import ANSWER_SECONDS, Image, app_folder, container

# Fails at one path, and logs a critical message at another.
TROUBLED_APP = """\
import logging
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
def read_root():
    return {}

@app.get("/fail")
def fail():
    raise ValueError("that failed")

@app.get("/despair")
def despair():
    logging.getLogger("gunicorn.error").critical("all is lost")
"""

LINES = {
    "debug": "Current configuration:",
    "info": "Starting gunicorn",
    "warning": "Invalid HTTP request received.",
    "error": "Exception in ASGI application",
    "critical": "all is lost",
}


def severity(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


@pytest.mark.parametrize("level", LINES)
def test_log_level(image: Image, tmp_path: Path, level: str) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": TROUBLED_APP})
    with container(image.name, {"LOG_LEVEL": level}, [mount]) as started:
        with socket.create_connection(started.address, timeout=ANSWER_SECONDS) as connection:
            connection.sendall(b"no request\r\n\r\n")
            assert b"400 Bad Request" in connection.recv(65536)
        assert started.get("/fail").status_code == 500
        started.get("/despair")
        started.wait_for_log(LINES["critical"])
        started.wait_for_log('"GET /despair HTTP/1.1" 200')
        logs = started.logs()
    assert "Checking for script" in logs
    told = {name for name, line in LINES.items() if line in logs}
    assert told == {name for name in LINES if severity(name) >= severity(level)}
    assert [name for name in LINES if f"[{name.upper()}]" in logs] == [name for name in LINES if name in told]


def test_empty_log_names_mean_no_log(image: Image) -> None:
    with container(image.name, {"ACCESS_LOG": "", "ERROR_LOG": ""}) as started:
        started.get("/?unheard")
        started.restart()
        started.get("/?unheard")
        assert "unheard" not in started.logs()
        assert "gunicorn" not in started.logs()
        assert "Checking for script" in started.logs()
