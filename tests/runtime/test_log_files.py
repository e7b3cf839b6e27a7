"""Where the logs go, which gunicorn_conf.py checks when Gunicorn loads it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gunicorn_settings import CONF, run

pytest.importorskip("gunicorn", reason="no gunicorn: install the packages of runtime/poetry.lock beside pytest")

LOGS = pytest.mark.parametrize("name", ["ACCESS_LOG", "ERROR_LOG"])


def load(folder: Path, **env: str) -> tuple[int, str]:
    """Have Gunicorn load the configuration for an app in this folder; the exit status, and what it says."""
    (folder / "main.py").write_text("def app(environ, start_response): ...\n")
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, "-m", "gunicorn", "-k", "sync", "-c", str(CONF), "--check-config", "main:app"]
    done = subprocess.run(command, cwd=folder, env={**kept, **env}, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@LOGS
@pytest.mark.parametrize(
    "kind", ["fifo", "link to fifo", "folder", "folder/", "socket", "missing/log", "file/log", "file/"]
)
def test_what_cannot_be_written_gives_a_line(tmp_path: Path, name: str, kind: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link to fifo").symlink_to("fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("before")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        path = f"{tmp_path}/{kind}"
        status, said = load(tmp_path, **{name: path})
    assert status == 64
    assert said == f"{name}: {json.dumps(path)} is not a file that can be written, or a FIFO that somebody reads\n"


@LOGS
@pytest.mark.parametrize(
    "path", ["-", "", "file", "new", "./new", "link to new", "/dev/null", "/dev/stdout", "/dev/full"]
)
def test_what_can_be_written(tmp_path: Path, name: str, path: str) -> None:
    (tmp_path / "file").write_text("before")
    (tmp_path / "link to new").symlink_to("new")
    assert load(tmp_path, **{name: path})[0] == 0
    assert (tmp_path / "file").read_text() == "before"
    assert not (tmp_path / "new").exists()


@LOGS
def test_a_fifo_that_somebody_reads(tmp_path: Path, name: str) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert load(tmp_path, **{name: str(fifo)})[0] == 0
    finally:
        os.close(reader)


@pytest.mark.skipif(os.geteuid() != 0, reason="not root, so that this can't become another user")
def test_what_another_user_owns(tmp_path: Path) -> None:
    is_log = run({}).names["is_log"]
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / "file").touch(0o644)
        (Path(folder) / "for all").touch()
        os.chmod(f"{folder}/for all", 0o666)
        pid = os.fork()
        if not pid:
            os.setuid(65534)
            denied = False
            try:
                is_log(f"{folder}/file")
            except PermissionError:
                denied = True
            os._exit(0 if denied and not is_log(f"{folder}/new") and is_log(f"{folder}/for all") else 1)
        assert os.waitpid(pid, 0)[1] == 0
