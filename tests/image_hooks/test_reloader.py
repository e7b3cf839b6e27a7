"""Gunicorn's --reload: an edit of the app is served, or there is a line that says why it can't be."""

import itertools
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gunicorn_server import APP, Server, serving

WORKERS = ["uvicorn.workers.UvicornWorker", "uvicorn.workers.UvicornH11Worker"]


def answering(value: str) -> str:
    return f"{APP}\nasync def value(scope):\n    return {value!r}\n"


def edit(server: Server, content: str, happened: Callable[[], object]) -> None:
    """Write main.py until this has happened: a worker may just have imported it, and not know yet when it is from."""
    file, draft = server.folder / "main.py", server.folder / "draft"

    def write() -> object:
        draft.write_text(content)
        # Gunicorn looks at the time of a file, and Python only at whole seconds of it and at the size.
        seconds = next(later)
        os.utime(draft, (seconds, seconds))
        draft.rename(file)
        return happened()

    later = itertools.count(file.stat().st_mtime + 2)
    server.wait_until(write, "reloading")


def all_workers_answer(server: Server, value: str) -> bool:
    """So many requests come to each of two workers. None is lost while these are replaced."""
    return {server.get("/value") for _ in range(8)} == {value}


@pytest.mark.slow
@pytest.mark.parametrize("worker", WORKERS)
def test_edits_are_served(tmp_path: Path, worker: str) -> None:
    files = {"main.py": answering("first")}
    env = {"WEB_CONCURRENCY": "2", "GUNICORN_CMD_ARGS": "--reload"}
    with serving(tmp_path, files=files, worker=worker, env=env) as server:
        assert server.get("/value") == "first"
        for value in ("second", "third"):
            edit(server, answering(value), partial(all_workers_answer, server, value))
        assert "ERROR" not in server.stderr and "Traceback" not in server.stderr
        assert server.stop() == 0


@pytest.mark.slow
def test_a_syntax_error_can_be_mended(tmp_path: Path) -> None:
    with serving(tmp_path, files={"main.py": answering("first")}, options=["--reload"]) as server:
        assert server.get("/value") == "first"
        edit(server, "first = = 'second'", lambda: "SyntaxError" in server.stderr)
        edit(server, answering("mended"), lambda: server.get("/value") == "mended")


@pytest.mark.slow
def test_workers_that_gunicorn_ends_itself(tmp_path: Path) -> None:
    app = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'\"{}\"']\n"
    with serving(tmp_path, files={"main.py": app.format("first")}, worker="sync", options=["--reload"]) as server:
        assert server.get("/") == "first"
        edit(server, app.format("second"), lambda: server.get("/") == "second")


def test_preload_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path, options=["--reload", "--preload"]) as server:
        assert server.wait_for_end() == 64
        (line,) = [line for line in server.stderr.splitlines() if "preload" in line]
        assert "--reload" in line
        assert "Traceback" not in server.stderr and "Booting" not in server.stderr
