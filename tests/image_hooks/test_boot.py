"""Workers that end before they serve: the server ends after a few of them, and one line says why."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from gunicorn_server import UVICORN_WORKER, serving

pytestmark = pytest.mark.slow

BOOT_ERROR = 3  # Gunicorn's exit status for workers that fail to boot
MOST_TRIES = 10  # some may start before the master has seen the others end

WAYS_TO_END = {
    "killed": ("os.kill(os.getpid(), 9)", "SIGKILL"),
    "status 1": ("os._exit(1)", "status 1"),
    "status 0": ("os._exit(0)", "status 0"),
    "crash": ("os.kill(os.getpid(), 11)", "SIGSEGV"),
}


@pytest.mark.parametrize("worker", [UVICORN_WORKER, "gthread"])
@pytest.mark.parametrize("way, told", WAYS_TO_END.values(), ids=WAYS_TO_END)
def test_server_ends_if_workers_end_at_the_import(tmp_path: Path, way: str, told: str, worker: str) -> None:
    app = f"import os\n\nwith open('tries', 'a') as file:\n    file.write('x')\n{way}\n"
    env = {"WEB_CONCURRENCY": "2", "LOG_LEVEL": "critical"}
    with serving(tmp_path, files={"main.py": app}, worker=worker, env=env) as server:
        assert server.wait_for_end() == BOOT_ERROR
    assert 1 < len((tmp_path / "tries").read_text()) <= MOST_TRIES
    (line,) = server.stderr.splitlines()
    assert "have ended before one served" in line and told in line


def test_server_ends_if_workers_end_at_the_start_of_a_preloaded_app(tmp_path: Path) -> None:
    app = """\
import os

async def app(scope, receive, send):
    os._exit(5)
"""
    options = ["--preload", "--log-level=critical"]
    with serving(tmp_path, files={"main.py": app}, options=options) as server:
        assert server.wait_for_end() == BOOT_ERROR
    (line,) = server.stderr.splitlines()
    assert "status 5" in line


def openssl(*arguments: str, folder: Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on PATH")
@pytest.mark.parametrize("key", ["another.pem", "encrypted.pem", "cert.pem"])
def test_key_that_cannot_be_used_is_one_line(tmp_path: Path, key: str) -> None:
    make = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=x")
    openssl(*make, folder=tmp_path)
    openssl("genrsa", "-out", "another.pem", "2048", folder=tmp_path)
    encrypt = ("-aes256", "-passout", "pass:secret")
    openssl("rsa", *encrypt, "-in", "key.pem", "-out", "encrypted.pem", folder=tmp_path)
    options = ["--certfile=cert.pem", f"--keyfile={key}"]
    env = {"WEB_CONCURRENCY": "2", "LOG_LEVEL": "critical"}
    with serving(tmp_path, env=env, options=options) as server:
        assert server.wait_for_end() == BOOT_ERROR
    (line,) = (line for line in server.stderr.splitlines() if "pass phrase" not in line)  # which OpenSSL asks for
    assert f"{key}: TLS cannot use it: " in line and "must belong to the certificate" in line


def test_server_that_has_served_replaces_workers_without_end(tmp_path: Path) -> None:
    """Its app may be broken for a while, as when it lacks memory."""
    app = """\
import os

with open("tries", "a") as file:
    file.write("x")
if os.path.exists("broken"):
    os._exit(1)

async def pid(scope):
    return os.getpid()
"""
    with serving(tmp_path, app) as server:
        pid = server.get("/pid")
        (tmp_path / "broken").touch()
        os.kill(pid, signal.SIGKILL)
        server.wait_until(lambda: len((tmp_path / "tries").read_text()) > MOST_TRIES, "many tries")
        (tmp_path / "broken").unlink()
        assert server.get("/ready") == "ready"


def test_reload_with_a_broken_app_is_left_to_gunicorn(tmp_path: Path) -> None:
    app = "import os\n\nif os.path.exists('broken'):\n    raise ValueError('broken')\n"
    with serving(tmp_path, app) as server:
        assert server.get("/ready") == "ready"
        (tmp_path / "broken").touch()
        server.process.send_signal(signal.SIGHUP)
        assert server.wait_for_end() == BOOT_ERROR
    assert server.stderr.count("ValueError: broken") == 1
