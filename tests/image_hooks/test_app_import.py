"""An app that cannot be imported: one worker says why, in terms of the app's own code, and the server ends."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gunicorn_server import serving  # this skips the module where Gunicorn is missing

# isort: split
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.util import import_app

from image_hooks.app_import import explanation, when_ready

pytestmark = pytest.mark.slow

BOOT_ERROR = 3  # Gunicorn's exit status for workers that fail to boot


@pytest.mark.parametrize(
    "failure, told",
    [
        ("raise ValueError('no such database')", "ValueError: no such database"),
        ("raise SystemExit(7)", "SystemExit: 7"),
    ],
)
def test_server_ends_with_one_traceback_of_the_apps_own_code(tmp_path: Path, failure: str, told: str) -> None:
    files = {"main.py": "import helper\n", "helper.py": f"def help():\n    {failure}\n\nhelp()\n"}
    with serving(tmp_path, files=files, env={"WEB_CONCURRENCY": "3", "LOG_LEVEL": "warning"}) as server:
        assert server.wait_for_end() == BOOT_ERROR
    assert server.stderr.count("Traceback") == server.stderr.count(told) == 1
    frames = re.findall(r'File "(.*)", line (\d+)', server.stderr)
    assert frames == [(f"{tmp_path}/main.py", "1"), (f"{tmp_path}/helper.py", "4"), (f"{tmp_path}/helper.py", "2")]


def test_server_ends_with_a_line_if_there_is_no_app(tmp_path: Path) -> None:
    with serving(tmp_path, files={"main.py": ""}, env={"WEB_CONCURRENCY": "2", "LOG_LEVEL": "critical"}) as server:
        assert server.wait_for_end() == BOOT_ERROR
    (line,) = server.stderr.splitlines()
    assert "main:app: " in line and "set MODULE_NAME and VARIABLE_NAME, or APP_MODULE" in line


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Modules can be imported from it. They are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def told_of(folder: Path, app: str, **modules: str) -> str:
    """What is said of this app when modules with these sources are there."""
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    with pytest.raises(Exception) as caught:
        import_app(app)
    # Without the frame of this function.
    return explanation(caught.value.with_traceback(caught.tb.tb_next), app)


@pytest.mark.parametrize("app", ["nowhere:app", "there.nowhere:app", "there:nothing", "there:app.nothing()"])
def test_app_that_is_not_there_gives_one_line(folder: Path, app: str) -> None:
    told = told_of(folder, app, there="app = 1\n")
    assert told.endswith("; set MODULE_NAME and VARIABLE_NAME, or APP_MODULE, to where the app is")
    assert "\n" not in told


@pytest.mark.parametrize("module", ["web", "helper"])
def test_syntax_error_is_shown_where_it_is(folder: Path, module: str) -> None:
    sources = {"web": "import helper\n", module: "first = 1\nsecond = = 2\n"}
    told = told_of(folder, "web:app", **sources)
    assert told.count("SyntaxError: ") == 1
    frames = re.findall(r'File "(.*)", line (\d+)', told)
    assert frames[-1] == (f"{folder}/{module}.py", "2")
    assert all(file.startswith(str(folder)) for file, _ in frames)


def test_module_that_the_app_lacks_is_its_own_failure(folder: Path) -> None:
    told = told_of(folder, "web:app", web="import web_helper_that_is_missing\n")
    assert told.endswith("ModuleNotFoundError: No module named 'web_helper_that_is_missing'")
    assert f'File "{folder}/web.py", line 1' in told


def test_failures_wait_for_the_masters_loop() -> None:
    """Those that Gunicorn 23 meets in a signal handler, and the further ones that Gunicorn 27 meets while it stops."""
    failures = [HaltServer("first", BOOT_ERROR), HaltServer("second", BOOT_ERROR)]
    forgotten: list[int] = []

    def reap_workers() -> None:
        if failures:
            raise failures.pop(0)

    def murder_workers() -> None:
        raise AssertionError("the server goes on")

    server = SimpleNamespace(reap_workers=reap_workers, murder_workers=murder_workers, kill_workers=forgotten.append)
    when_ready(cast(Arbiter, server))
    server.reap_workers()
    assert failures == [] and forgotten == [0, 0]
    with pytest.raises(HaltServer, match="first"):
        server.murder_workers()
