"""What the master does once for all workers, and what it leaves to them."""

import os
import sys
from pathlib import Path

import pytest

from gunicorn_server import RUNTIME, get, serving

pytestmark = pytest.mark.slow

# What a worker has before it imports anything itself.
APP = """\
import gc, os, sys

importer = os.getpid()
imported = set(sys.modules)
frozen = gc.get_freeze_count()

async def seen(scope):
    libraries = ["fastapi", "pydantic", "uvicorn.protocols.http.auto", "uvloop"]
    return {
        "missing": [name for name in libraries if name not in imported],
        "frozen": frozen > 0,
        "app imported by": "the worker" if importer == os.getpid() else "another",
    }
"""

FASTAPI_APP = """\
import sys
from fastapi import FastAPI

imported = set(sys.modules)
app = FastAPI()

@app.get("/imported")
async def imported_since() -> list[str]:
    return sorted(set(sys.modules) - imported)
"""

# What opentelemetry-instrument, ddtrace-run and the like do: they are imported when Python starts, and patch FastAPI.
INSTRUMENTATION = """\
import fastapi, os, starlette.applications, starlette.routing

def watch(owner, name):
    method = getattr(owner, name)

    def watched(self, *args, **kwargs):
        with open("seen", "a") as file:
            print(owner.__name__, name, file=file)
        return method(self, *args, **kwargs)

    setattr(owner, name, watched)

for owner in fastapi.FastAPI, starlette.applications.Starlette:
    for name in "__init__", "__call__":
        watch(owner, name)
watch(starlette.routing.Route, "handle")
watch(starlette.routing.Router, "__call__")
"""

WSGI_APP = """\
import gc, json, sys

def app(environ, start_response):
    start_response("200 OK", [])
    return [json.dumps([gc.get_freeze_count(), "fastapi" in sys.modules]).encode()]
"""


def test_workers_find_the_libraries_imported_and_frozen(tmp_path: Path) -> None:
    with serving(tmp_path, APP) as server:
        assert server.get("/seen") == {"missing": [], "frozen": True, "app imported by": "the worker"}


def test_app_finds_what_the_libraries_import_only_when_they_are_used(tmp_path: Path) -> None:
    """As FastAPI does with parts of pydantic."""
    with serving(tmp_path, files={"main.py": FASTAPI_APP}) as server:
        connection = server.connect()
        get(connection, "/imported")
        assert [name for name in get(connection, "/imported") if name.startswith("pydantic")] == []


def test_library_that_is_broken_is_left_to_the_app(tmp_path: Path) -> None:
    files = {"fastapi.py": "raise RuntimeError('broken')\n"}
    with serving(tmp_path, APP, files=files) as server:
        assert server.get("/seen")["missing"] == ["fastapi", "pydantic"]
        assert "broken" not in server.stderr


def test_nothing_is_imported_for_workers_of_other_kinds(tmp_path: Path) -> None:
    with serving(tmp_path, files={"main.py": WSGI_APP}, worker="sync") as server:
        assert server.get("/") == [0, False]


def test_instrumentation_that_was_there_first_sees_nothing_of_the_master(tmp_path: Path) -> None:
    files = {"sitecustomize.py": INSTRUMENTATION}
    path = os.pathsep.join([str(tmp_path), str(RUNTIME), *sys.path])
    with serving(tmp_path, files=files, env={"PYTHONPATH": path}) as server:
        assert server.get("/ready") == "ready"
        assert not (tmp_path / "seen").exists()
    with serving(tmp_path, files={"main.py": FASTAPI_APP}, env={"PYTHONPATH": path}) as server:
        server.get("/imported")
        assert "FastAPI __call__" in (tmp_path / "seen").read_text()  # so it does see the requests of an app
