"""What gunicorn_conf.py makes of the environment, on one CPU core unless a test says otherwise."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONF = Path(__file__).parents[2] / "runtime/gunicorn_conf.py"

DEFAULTS = {
    "loglevel": "info",
    "workers": 2,
    "bind": "0.0.0.0:80",
    "graceful_timeout": 120,
    "timeout": 120,
    "keepalive": 2,
    "errorlog": "-",
    "accesslog": "-",
    "workers_per_core": 1.0,
    "use_max_workers": None,
    "host": "0.0.0.0",
    "port": "80",
}


def run(env: dict[str, str], conf: Path = CONF) -> subprocess.CompletedProcess[str]:
    """Print the settings, in a process that may use one CPU core and sees no other variable."""
    core = min(os.sched_getaffinity(0))
    return subprocess.run(
        [sys.executable, str(conf)],
        env=env,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )


def settings(env: dict[str, str]) -> dict[str, object]:
    done = run(env)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_defaults() -> None:
    assert settings({}) == DEFAULTS


@pytest.mark.parametrize(
    "env, changed",
    [
        # workers: WEB_CONCURRENCY, or at least 2 by core, at most MAX_WORKERS
        ({"WEB_CONCURRENCY": "1"}, {"workers": 1}),
        ({"WEB_CONCURRENCY": "7", "MAX_WORKERS": "3"}, {"workers": 7, "use_max_workers": 3}),
        ({"WEB_CONCURRENCY": "7", "WORKERS_PER_CORE": "2"}, {"workers": 7, "workers_per_core": 2}),
        ({"WORKERS_PER_CORE": "5"}, {"workers": 5, "workers_per_core": 5}),
        ({"WORKERS_PER_CORE": "3.9"}, {"workers": 3, "workers_per_core": 3.9}),
        ({"WORKERS_PER_CORE": "0.5"}, {"workers": 2, "workers_per_core": 0.5}),
        ({"WORKERS_PER_CORE": "9", "MAX_WORKERS": "4"}, {"workers": 4, "use_max_workers": 4, "workers_per_core": 9}),
        ({"MAX_WORKERS": "24"}, {"workers": 2, "use_max_workers": 24}),
        ({"MAX_WORKERS": "1"}, {"workers": 1, "use_max_workers": 1}),
        ({"MAX_WORKERS": "0"}, {"workers": 2, "use_max_workers": 0}),
        # where to listen: BIND, or HOST and PORT
        ({"HOST": "127.0.0.1"}, {"host": "127.0.0.1", "bind": "127.0.0.1:80"}),
        ({"PORT": "8080"}, {"port": "8080", "bind": "0.0.0.0:8080"}),
        ({"HOST": "::", "PORT": "65535"}, {"host": "::", "port": "65535", "bind": "[::]:65535"}),
        ({"BIND": "10.0.0.1:81"}, {"bind": "10.0.0.1:81"}),
        ({"BIND": "unix:/run/app.sock", "PORT": "81"}, {"bind": "unix:/run/app.sock", "port": "81"}),
        # logs
        ({"LOG_LEVEL": "warning"}, {"loglevel": "warning"}),
        ({"LOG_LEVEL": "DEBUG"}, {"loglevel": "debug"}),
        ({"ACCESS_LOG": "/tmp/access"}, {"accesslog": "/tmp/access"}),
        ({"ERROR_LOG": "/tmp/error"}, {"errorlog": "/tmp/error"}),
        ({"ACCESS_LOG": ""}, {"accesslog": None}),
        ({"ERROR_LOG": ""}, {"errorlog": None}),
        # seconds
        ({"TIMEOUT": "20"}, {"timeout": 20}),
        ({"TIMEOUT": "0"}, {"timeout": 0}),
        ({"KEEP_ALIVE": "21"}, {"keepalive": 21}),
        ({"GRACEFUL_TIMEOUT": "22"}, {"graceful_timeout": 22}),
    ],
    ids=lambda case: " ".join(f"{name}={value}" for name, value in case.items()),
)
def test_variables_change_these_settings_alone(
    env: dict[str, str], changed: dict[str, object]
) -> None:
    assert settings(env) == {**DEFAULTS, **changed}


@pytest.mark.parametrize(
    "name",
    "WEB_CONCURRENCY WORKERS_PER_CORE MAX_WORKERS HOST PORT BIND"
    " LOG_LEVEL TIMEOUT KEEP_ALIVE GRACEFUL_TIMEOUT".split(),
)
def test_empty_means_unset(name: str) -> None:
    assert settings({name: ""}) == DEFAULTS


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two CPU cores")
def test_workers_follow_the_cores_that_may_be_used() -> None:
    command = [sys.executable, str(CONF)]
    output = subprocess.run(command, env={"WORKERS_PER_CORE": "3"}, capture_output=True).stdout
    assert json.loads(output)["workers"] == 3 * len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    "name, values, allowed",
    [
        ("WEB_CONCURRENCY", "0 -1 1.5 many", "a whole number not below 1"),
        ("WORKERS_PER_CORE", "-1 1001 1e308 nan inf two", "a number from 0 to 1000"),
        ("MAX_WORKERS", "-1 2.5 none", "a whole number not below 0"),
        ("PORT", "0 65536 http", "a whole number from 1 to 65535"),
        ("LOG_LEVEL", "loud 10", "one of debug, info, warning, error, critical"),
        ("TIMEOUT", "-1 1.5 soon", "a whole number not below 0"),
        ("KEEP_ALIVE", "-1 1.5 long", "a whole number not below 0"),
        ("GRACEFUL_TIMEOUT", "-1 1.5 never", "a whole number not below 0"),
    ],
)
def test_wrong_value_gives_one_line(name: str, values: str, allowed: str) -> None:
    for value in values.split():
        done = run({name: value})
        assert done.returncode != 0
        assert done.stdout == ""
        assert done.stderr == f"gunicorn_conf: {name}={value!r}: must be {allowed}\n"


def test_line_break_in_a_value_stays_in_the_line() -> None:
    assert run({"TIMEOUT": "1\n2"}).stderr.count("\n") == 1


def test_prints_nothing_when_gunicorn_reads_it(capfd: pytest.CaptureFixture[str]) -> None:
    names = runpy.run_path(str(CONF), run_name="__config__")
    assert names["worker_tmp_dir"] == "/dev/shm"
    assert tuple(capfd.readouterr()) == ("", "")


def test_copy_works_alone(tmp_path: Path) -> None:
    copy = shutil.copy(CONF, tmp_path / "my_conf.py")
    assert json.loads(run({}, copy).stdout) == DEFAULTS
