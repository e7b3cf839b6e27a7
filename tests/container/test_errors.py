"""What a user gets wrong stops the container at once, with a line that says what, or with the app's own traceback."""

import json
import re
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from containers import Image, app_folder, app_that_answers, run_to_end

USAGE_STATUS = 64
BOOT_STATUS = 3  # Gunicorn's own, for a worker that fails to boot
SERVERS = re.compile(r"gunicorn|uvicorn|importlib")

WRONG = {
    "WORKERS_PER_CORE": "two",
    "MAX_WORKERS": "-1",
    "WEB_CONCURRENCY": "many",
    "HOST": "two words",
    "PORT": "http",
    "BIND": "0.0.0.0:http",
    "LOG_LEVEL": "loud",
    "GUNICORN_LOG_FORMAT": "xml",
    "TIMEOUT": "soon",
    "KEEP_ALIVE": "-2",
    "GRACEFUL_TIMEOUT": "1.5",
    "GUNICORN_MAX_REQUESTS": "1e3",
    "GUNICORN_MAX_REQUESTS_JITTER": '"quoted"\nin two lines',
    "UVICORN_ROOT_PATH": "api",
    "UVICORN_TIMEOUT_HEAD": "0.5",
    "FORWARDED_ALLOW_IPS": "proxy.example",
}


def reported(done: CompletedProcess[str]) -> dict[str, str]:
    """The wrong values by variable; raises AssertionError if stderr holds another line."""
    lines = [re.fullmatch(r'(\w+): (".*") is not .+', line) for line in done.stderr.splitlines()]
    assert all(lines), done.stderr
    return {line[1]: json.loads(line[2]) for line in lines if line}


@pytest.mark.variables
def test_wrong_values_are_reported_together(image: Image) -> None:
    done = run_to_end(image.name, WRONG)
    assert reported(done) == WRONG
    assert done.returncode == USAGE_STATUS


def test_the_line_says_what_is_allowed(image: Image) -> None:
    done = run_to_end(image.name, {"WORKERS_PER_CORE": "two"})
    assert done.stderr == 'WORKERS_PER_CORE: "two" is not a number greater than 0\n'
    assert done.returncode == USAGE_STATUS


def test_wrong_value_that_prestart_exports(image: Image, tmp_path: Path) -> None:
    files = {"main.py": app_that_answers("1"), "prestart.sh": "export LOG_LEVEL=loud\n"}
    done = run_to_end(image.name, options=[app_folder(tmp_path / "app", files)])
    assert reported(done) == {"LOG_LEVEL": "loud"}
    assert done.returncode == USAGE_STATUS


def test_wrong_number_of_workers_beside_an_own_configuration(image: Image, tmp_path: Path) -> None:
    files = {"main.py": app_that_answers("1"), "gunicorn_conf.py": "workers = 2\n"}
    done = run_to_end(image.name, {"WEB_CONCURRENCY": "many"}, [app_folder(tmp_path / "app", files)])
    assert reported(done) == {"WEB_CONCURRENCY": "many"}
    assert done.returncode == USAGE_STATUS


@pytest.mark.variables
def test_wrong_values_for_reload(image: Image) -> None:
    wrong = {"PORT": "http", "LOG_LEVEL": "loud"}
    done = run_to_end(image.name, wrong, command=["/start-reload.sh"])
    assert reported(done) == wrong
    assert done.returncode == USAGE_STATUS


@pytest.mark.parametrize("name, value", [("WORKER_CLASS", "nonsense.Worker"), ("GUNICORN_CONF", "/app/nonsense.py")])
def test_what_cannot_be_loaded_is_named(image: Image, name: str, value: str) -> None:
    done = run_to_end(image.name, {name: value})
    (line,) = done.stderr.strip().splitlines()
    assert value in line
    assert done.returncode not in (0, BOOT_STATUS)


@pytest.mark.parametrize("command", ["/start.sh", "/start-reload.sh"])
def test_what_windows_leaves(image: Image, tmp_path: Path, command: str) -> None:
    files = {"main.py": app_that_answers("1"), "prestart.sh": ""}
    mount = app_folder(tmp_path / "app", files)
    (tmp_path / "app/prestart.sh").write_bytes(b"#! /usr/bin/env bash\r\necho preparing\r\n")
    for env, where in [
        ({}, "start: /app/prestart.sh: "),
        ({"PRE_START_PATH": '"/app/prestart.sh"'}, "PRE_START_PATH: "),
    ]:
        done = run_to_end(image.name, env, [mount], [command])
        (line,) = done.stderr.splitlines()
        assert line.startswith(where)
        assert done.returncode == USAGE_STATUS
        assert "preparing\n" not in done.stdout


@pytest.mark.parametrize("command", ["/start.sh", "/start-reload.sh"])
def test_missing_app(image: Image, tmp_path: Path, command: str) -> None:
    done = run_to_end(image.name, options=[app_folder(tmp_path / "app", {})], command=[command])
    (line,) = done.stderr.splitlines()
    for named in ("/app/app/main.py", "/app/main.py", "MODULE_NAME", "APP_MODULE"):
        assert named in line
    assert done.returncode != 0


def start_failing_app(image: Image, folder: Path, files: dict[str, str], **env: str) -> str:
    """What it logs at the level warning when three workers try to serve this app in vain."""
    env = {"WEB_CONCURRENCY": "3", "LOG_LEVEL": "warning", **env}
    done = run_to_end(image.name, env, [app_folder(folder, files)])
    assert done.returncode == BOOT_STATUS
    return done.stderr


HELPER = {"main.py": "import helper\n", "helper.py": "def help():\n    {}\n\nhelp()\n"}


@pytest.mark.parametrize(
    "failure, told",
    [
        ("raise ValueError('no such database')", "ValueError: no such database"),
        ("raise SystemExit('no such database')", "SystemExit: no such database"),
        ("import not_installed", "ModuleNotFoundError: No module named 'not_installed'"),
        ("import importlib; importlib.import_module('main').app", "AttributeError: "),
    ],
    ids=["ValueError", "SystemExit", "ModuleNotFoundError", "AttributeError"],
)
def test_failing_import_gives_the_traceback_of_the_app(image: Image, tmp_path: Path, failure: str, told: str) -> None:
    files = {name: source.format(failure) for name, source in HELPER.items()}
    logs = start_failing_app(image, tmp_path / "app", files)
    assert logs.count("Traceback") == logs.count(told) == 1
    frames = re.findall(r'File "(.*)", line (\d+)', logs)
    assert frames == [("/app/main.py", "1"), ("/app/helper.py", "4"), ("/app/helper.py", "2")]


@pytest.mark.parametrize("module", ["main", "helper"])
def test_syntax_error_is_shown_once(image: Image, tmp_path: Path, module: str) -> None:
    files = {"main.py": "import helper\n", f"{module}.py": "first = 1\nsecond = = 2\n"}
    logs = start_failing_app(image, tmp_path / "app", files)
    assert logs.count("SyntaxError: ") == 1 and logs.count("Traceback") <= 1
    frames = re.findall(r'File "(.*)", line (\d+)', logs)
    assert frames[-1] == (f"/app/{module}.py", "2")
    assert not any(SERVERS.search(file) for file, _ in frames)


@pytest.mark.parametrize(
    "env, missing",
    [
        ({"MODULE_NAME": "nowhere"}, "nowhere"),
        ({"VARIABLE_NAME": "nothing"}, "nothing"),
        ({"APP_MODULE": "main.nowhere:app"}, "main.nowhere"),
    ],
    ids=["module", "variable", "submodule"],
)
def test_app_that_is_not_there_gives_a_line(image: Image, tmp_path: Path, env: dict[str, str], missing: str) -> None:
    files = {"main.py": app_that_answers("1")}
    logs = start_failing_app(image, tmp_path / "app", files, **env)
    assert "Traceback" not in logs
    (line,) = [line for line in logs.splitlines() if missing in line]
    assert "MODULE_NAME" in line and "APP_MODULE" in line
