"""gunicorn_conf.py as Gunicorn reads it."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from gunicorn_server import CONF, serving

pytestmark = pytest.mark.slow


def test_wrong_values_end_it_with_a_line_each(tmp_path: Path) -> None:
    with serving(tmp_path, env={"WORKER_CLASS": "nonsense.Worker", "LOG_LEVEL": "loud"}) as server:
        assert server.wait_for_end() == 64
    assert server.stderr.splitlines() == [
        'LOG_LEVEL: "loud" is not one of debug, info, warning, error, critical',
        'WORKER_CLASS: "nonsense.Worker" is not a worker class that can be imported',
    ]


def test_copy_serves_where_there_are_no_hooks(tmp_path: Path) -> None:
    files = {"conf.py": CONF.read_text()}
    path = os.pathsep.join(folder for folder in sys.path if not (Path(folder) / "image_hooks").exists())
    app = "import sys\n\nasync def hooks(scope):\n    return [name for name in sys.modules if 'image_hooks' in name]\n"
    with serving(tmp_path, app, files=files, conf="conf.py", env={"PYTHONPATH": path}) as server:
        assert server.get("/hooks") == []
        assert server.stop() == 0


def test_formats_import_only_what_they_need(tmp_path: Path) -> None:
    app = "import sys\n\nasync def hooks(scope):\n    return [name for name in sys.modules if 'image_hooks.' in name]\n"
    with serving(tmp_path, app) as server:
        text_modules = {name.partition(".")[2] for name in server.get("/hooks")}
    with serving(tmp_path, app, env={"GUNICORN_LOG_FORMAT": "json"}) as server:
        json_modules = {name.partition(".")[2] for name in server.get("/hooks")}
    assert text_modules - json_modules == {"access_log"}
    assert json_modules - text_modules == {"json_formatter", "json_logger", "timed_protocol", "whole_lines"}


def test_reload_serves_with_the_new_settings(tmp_path: Path) -> None:
    """The master then runs the configuration once more, and sets its logger up again."""
    app = "async def root_path(scope):\n    return scope['root_path']\n"
    conf = f"exec(open({str(CONF)!r}).read())\n"
    with serving(
        tmp_path,
        app,
        files={"conf.py": conf},
        conf="conf.py",
        env={"GUNICORN_LOG_FORMAT": "json", "UVICORN_ROOT_PATH": "/old"},
    ) as server:
        assert server.get("/root_path") == "/old"
        (tmp_path / "conf.py").write_text(f"import os\nos.environ['UVICORN_ROOT_PATH'] = '/new'\n{conf}")
        server.process.send_signal(signal.SIGHUP)
        server.wait_until(lambda: server.get("/root_path") == "/new", "the new root path")
        assert server.stop() == 0
    for line in (server.stdout + server.stderr).splitlines():
        json.loads(line)
