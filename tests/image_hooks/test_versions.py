"""Any version of Uvicorn, Gunicorn and FastAPI that a user pins serves as without the hooks, and loses no request.

One of the three is old, the others are the newest that go with it; or all are as old as they come.
"""

import http.client
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gunicorn_server import DEADLINE, RUNTIME, UVICORN_WORKER, Server, environment, get, serving

pytestmark = [pytest.mark.slow, pytest.mark.network]

UVICORN = ("0.13.4", "0.15.0", "0.18.3", "0.20.0", "0.23.2", "0.27.1", "0.30.6")
GUNICORN = ("20.1.0", "21.2.0", "22.0.0")
FASTAPI = ("0.68.2", "0.95.2", "0.110.0")

NEWEST = {"fastapi": "fastapi", "gunicorn": "gunicorn", "uvicorn": "uvicorn"}
# What uvicorn[standard] brings, in versions that have wheels.
STANDARD = ("httptools", "uvloop", "websockets")
# What these versions need and do not ask for, or ask for in any version.
NEEDS = {"20.1.0": ("setuptools<81",), "0.68.2": ("pydantic<2",)}

H11_WORKER = "uvicorn.workers.UvicornH11Worker"
CLIENTS = 4

FASTAPI_APP = """\
import asyncio
from fastapi import FastAPI

app = FastAPI()

@app.get("/slow")
async def slow():
    await asyncio.sleep(0.05)
    return "done"
"""


def combination(standard: bool = True, **versions: str) -> list[str]:
    pinned = {name: f"{name}=={version}" for name, version in versions.items()}
    needs = [need for version in versions.values() for need in NEEDS.get(version, ())]
    return [*{**NEWEST, **pinned}.values(), *needs, *(STANDARD if standard else ())]


COMBINATIONS = [
    combination(),
    combination(standard=False),
    *(combination(uvicorn=version) for version in UVICORN),
    *(combination(gunicorn=version) for version in GUNICORN),
    *(combination(fastapi=version) for version in FASTAPI),
    combination(uvicorn=UVICORN[0], gunicorn=GUNICORN[0], fastapi=FASTAPI[0]),
    combination(standard=False, uvicorn=UVICORN[0], gunicorn=GUNICORN[0], fastapi=FASTAPI[0]),
]


@pytest.fixture(scope="module", params=COMBINATIONS, ids=" ".join)
def python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment with these packages."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = str(folder / "bin" / "python")
    install = [
        sys.executable,
        "-m",
        "pip",
        f"--python={python}",
        "install",
        "--quiet",
        "--prefer-binary",
        "--retries=1",
    ]
    done = subprocess.run([*install, *request.param], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"pip cannot install {' '.join(request.param)}: {done.stderr.strip()}")
    return python


class Client(threading.Thread):
    """Sends one request after the other on a connection, until a response says that it is the last one."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        super().__init__()
        self.connection = connection
        self.answered = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            while self.connection.sock:  # none is left once the response has said Connection: close
                assert get(self.connection, "/slow") == "done"
                self.answered += 1
        except Exception as failure:
            self.failure = failure


def test_serves_logs_and_stops_without_losing_a_request(python: str, tmp_path: Path) -> None:
    standard = any(Path(python).parents[1].glob("lib/*/site-packages/uvloop"))
    # The default worker class of the oldest Uvicorn needs uvloop and httptools.
    worker = UVICORN_WORKER if standard else H11_WORKER
    for log_format in "text", "json":
        (tmp_path / log_format).mkdir()
        env = {"LOG_FORMAT": log_format, "GUNICORN_LOG_FORMAT": log_format, "WEB_CONCURRENCY": "2"}
        files = {"main.py": FASTAPI_APP}
        with serving(tmp_path / log_format, env=env, files=files, python=python, worker=worker) as server:
            check_server(server, log_format)


def check_server(server: Server, log_format: str) -> None:
    clients = [Client(server.connect()) for _ in range(CLIENTS)]
    for client in clients:
        assert get(client.connection, "/slow") == "done"
        client.start()
    server.wait_until(lambda: min(client.answered for client in clients) > 2, "the load")

    health = [sys.executable, "-IS", str(RUNTIME / "healthcheck")]
    env = environment({"BIND": f"127.0.0.1:{clients[0].connection.port}"})
    assert subprocess.run(health, env=env, timeout=DEADLINE, check=False).returncode == 0

    assert server.stop() == 0
    for client in clients:
        client.join(DEADLINE)
    assert [client.failure for client in clients] == [None] * CLIENTS

    lines = server.stdout.splitlines()
    assert len(lines) == sum(client.answered + 1 for client in clients)
    for line in lines:
        text = json.loads(line)["message"] if log_format == "json" else line
        assert re.fullmatch(r'127\.0\.0\.1:\d+ - "GET /slow HTTP/1\.1" 200', text)
    assert "Traceback" not in server.stderr
    assert "is left out" not in server.stderr
    assert "DeprecationWarning" not in server.stderr
