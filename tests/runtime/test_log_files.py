"""Where the logs go, which gunicorn_conf.py checks when Gunicorn loads it."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gunicorn_settings import CONF, run

pytest.importorskip("gunicorn", reason="no gunicorn: install the packages of runtime/poetry.lock beside pytest")

NAMES = run({}).names


def load(folder: Path, **env: str) -> tuple[int, str]:
    """Have Gunicorn load the configuration for an app in this folder; the exit status, and what it says."""
    (folder / "main.py").write_text("def app(environ, start_response): ...\n")
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, "-m", "gunicorn", "-k", "sync", "-c", str(CONF), "--check-config", "main:app"]
    done = subprocess.run(command, cwd=folder, env={**kept, **env}, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def is_log(path: str) -> bool:
    """Whether the configuration takes it for one."""
    try:
        return bool(NAMES["is_log"](path))
    except OSError:
        return False


@pytest.mark.parametrize(
    "kind", ["fifo", "link to fifo", "folder", "folder/", "socket", "missing/log", "file/log", "file/"]
)
def test_what_cannot_be_written(tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link to fifo").symlink_to("fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        assert not is_log(f"{tmp_path}/{kind}")


@pytest.mark.parametrize("path", ["-", "file", "new", "./new", "link to new", "/dev/null", "/dev/full"])
def test_what_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    (tmp_path / "file").write_text("before")
    (tmp_path / "link to new").symlink_to("new")
    monkeypatch.chdir(tmp_path)
    assert is_log(path)
    assert (tmp_path / "file").read_text() == "before"
    assert not (tmp_path / "new").exists()


def test_a_fifo_that_somebody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert is_log(str(tmp_path / "fifo"))
        with pytest.raises(BlockingIOError):  # nothing to read yet, where an end would give b""
            os.read(reader, 1)
    finally:
        os.close(reader)


@pytest.mark.parametrize("name", ["ACCESS_LOG", "ERROR_LOG"])
def test_gunicorn_ends_instead_of_waiting_for_a_reader(tmp_path: Path, name: str) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    status, said = load(tmp_path, **{name: str(path)})
    assert status == 64
    assert said == f'{name}: "{path}" is not a file that can be written, or a FIFO that somebody reads\n'
    assert load(tmp_path, **{name: ""})[0] == load(tmp_path, **{name: "new"})[0] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="not root, so that this can't become another user")
def test_what_another_user_owns(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / "file").touch(0o644)
        (Path(folder) / "for all").touch()
        os.chmod(f"{folder}/for all", 0o666)
        pid = os.fork()
        if not pid:
            os.setuid(65534)
            denied = [path for path in ("file", "new", "for all") if not is_log(f"{folder}/{path}")]
            os._exit(0 if denied == ["file", "new"] else 1)
        assert os.waitpid(pid, 0)[1] == 0
