"""What a start must not do again: compile source that came with the image, or import the libraries in every worker."""

import re

import pytest

from containers import Image, container

pytestmark = pytest.mark.differs

# What Python logs under PYTHONVERBOSE. Master and worker write at the same time, so a line may be cut.
COMPILED = re.compile(r"# code object from (/[^'\n]*\.py)$", re.MULTILINE)
WRITTEN = re.compile(r"# wrote (.*)")


def test_all_bytecode_of_the_image_is_used(image: Image) -> None:
    env = {"PYTHONVERBOSE": "1", "WEB_CONCURRENCY": "1"}
    with container(image.name, env) as started:
        started.get()
        started.wait_for_log("GET / HTTP/1.1")
        logs = started.logs()
    assert "# code object from '/usr/" in logs
    assert set(COMPILED.findall(logs)) == {"/gunicorn_conf.py", "/app/main.py"}
    written = [path for path in WRITTEN.findall(logs) if not path.startswith("'/app/__pycache__/")]
    assert written == []


def test_workers_find_the_libraries_imported(image: Image) -> None:
    with container(image.name, {"PYTHONVERBOSE": "1", "WEB_CONCURRENCY": "1"}) as started:
        started.get()
        started.wait_for_log("GET / HTTP/1.1")
        _, booting, worker = started.logs().partition("Booting worker")
    assert booting
    imported = set(re.findall(r"^import '([\w.]+)'", worker, re.MULTILINE))
    assert "main" in imported
    assert not imported & {"anyio", "fastapi", "httptools", "pydantic", "starlette", "uvloop", "websockets"}
