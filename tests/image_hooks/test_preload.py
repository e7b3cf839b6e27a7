"""What the master does once for all workers, and what it leaves to them."""

from pathlib import Path

import pytest

from gunicorn_server import get, serving

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
