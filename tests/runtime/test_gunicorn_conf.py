"""What gunicorn_conf.py makes of the environment, on one CPU core."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gunicorn_settings import CONF, DEFAULTS, run, settings

WHOLE = "a whole number from {} to 2147483647"


def test_defaults() -> None:
    assert settings({}) == DEFAULTS


@pytest.mark.parametrize(
    "env, changed",
    [
        # workers: WEB_CONCURRENCY, or at least 2 by core, at most MAX_WORKERS
        ({"WEB_CONCURRENCY": "1"}, {"workers": 1}),
        ({"WEB_CONCURRENCY": " +4 "}, {"workers": 4}),
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
        ({"HOST": "web"}, {"host": "web", "bind": "web:80"}),
        ({"HOST": "[::]"}, {"host": "::", "bind": "[::]:80"}),
        ({"PORT": "8080"}, {"port": "8080", "bind": "0.0.0.0:8080"}),
        ({"HOST": "::", "PORT": "65535"}, {"host": "::", "port": "65535", "bind": "[::]:65535"}),
        ({"BIND": "10.0.0.1:81"}, {"bind": "10.0.0.1:81"}),
        ({"BIND": "[::1]:81"}, {"bind": "[::1]:81"}),
        ({"BIND": ":81"}, {"bind": ":81"}),
        ({"BIND": "tcp://10.0.0.1:81"}, {"bind": "tcp://10.0.0.1:81"}),
        ({"BIND": "unix:/run/app.sock", "PORT": "81"}, {"bind": "unix:/run/app.sock", "port": "81"}),
        ({"BIND": ":81", "HOST": "https://a.example/"}, {"bind": ":81", "host": "https://a.example/"}),
        # logs
        ({"LOG_LEVEL": "warning"}, {"loglevel": "warning"}),
        ({"LOG_LEVEL": "DEBUG"}, {"loglevel": "debug"}),
        ({"LOG_LEVEL": "warn"}, {"loglevel": "warning"}),
        ({"LOG_LEVEL": "Fatal"}, {"loglevel": "critical"}),
        ({"LOG_LEVEL": "NOTSET"}, {"loglevel": "info"}),
        ({"LOG_LEVEL": "trace"}, {"loglevel": "debug"}),
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
def test_variables_change_these_settings_alone(env: dict[str, str], changed: dict[str, object]) -> None:
    assert settings(env) == {**DEFAULTS, **changed}


@pytest.mark.parametrize(
    "name, value, changed",
    [
        ("GUNICORN_MAX_REQUESTS", "1000", {"max_requests": 1000}),
        ("GUNICORN_MAX_REQUESTS_JITTER", "50", {"max_requests_jitter": 50}),
        ("UVICORN_ROOT_PATH", "/api/v1", {"root_path": "/api/v1"}),
        ("GUNICORN_LOG_FORMAT", "JSON", {"log_format": "json"}),
    ],
)
def test_settings_that_are_not_printed(name: str, value: str, changed: dict[str, object]) -> None:
    defaults = {"max_requests": 0, "max_requests_jitter": 0, "root_path": "", "log_format": "text"}
    for env, expected in [({}, defaults), ({name: ""}, defaults), ({name: value}, {**defaults, **changed})]:
        names = run(env).names
        assert {setting: names[setting] for setting in defaults} == expected


def test_variables_of_the_app_are_not_read() -> None:
    env = {"LOG_FORMAT": "console", "MAX_REQUESTS": "100/minute", "MAX_REQUESTS_JITTER": "some", "ROOT_PATH": "/"}
    names, defaults = run(env).names, run({}).names
    for setting in ("max_requests", "max_requests_jitter", "root_path", "log_format"):
        assert names[setting] == defaults[setting]
    assert settings(env) == DEFAULTS


@pytest.mark.parametrize(
    "name",
    [
        "WEB_CONCURRENCY",
        "WORKERS_PER_CORE",
        "MAX_WORKERS",
        "HOST",
        "PORT",
        "BIND",
        "LOG_LEVEL",
        "GUNICORN_LOG_FORMAT",
        "TIMEOUT",
        "KEEP_ALIVE",
        "GRACEFUL_TIMEOUT",
        "GUNICORN_MAX_REQUESTS",
        "GUNICORN_MAX_REQUESTS_JITTER",
        "UVICORN_ROOT_PATH",
        "FORWARDED_ALLOW_IPS",
        "GUNICORN_CONF",
        "GUNICORN_CMD_ARGS",
        "HEALTHCHECK_PATH",
        "UVICORN_TIMEOUT_HEAD",
    ],
)
def test_empty_means_unset(name: str) -> None:
    assert settings({name: ""}) == DEFAULTS


@pytest.mark.parametrize(
    "env",
    [
        {"FORWARDED_ALLOW_IPS": "*"},
        {"FORWARDED_ALLOW_IPS": "10.0.0.1, ::1,192.168.0.0/16"},
        {"FORWARDED_ALLOW_IPS": "10.0.0.1,"},
        {"GUNICORN_CONF": str(CONF)},
        {"GUNICORN_CONF": "python:my.conf"},
        {"GUNICORN_CMD_ARGS": "--limit-request-line=1000 --access-logformat='%(m)s'"},
        {"GUNICORN_CMD_ARGS": "'-c' 'my conf.py'"},
        {"GUNICORN_CMD_ARGS": '"--access-logformat=%(h)s - %(m)s"'},
        {"GUNICORN_CMD_ARGS": "'--reload'"},
        {"APP_MODULE": "main:create_app('x')"},
        {"HEALTHCHECK_PATH": "/health?deep=1"},
        {"UVICORN_TIMEOUT_HEAD": "0"},
        {"UVICORN_TIMEOUT_HEAD": "30"},
    ],
    ids=str,
)
def test_what_others_read_is_let_through(env: dict[str, str]) -> None:
    assert settings(env) == DEFAULTS


@pytest.mark.parametrize(
    "name, values, allowed",
    [
        ("WEB_CONCURRENCY", "0 -1 1.5 many", WHOLE.format(1)),
        ("WORKERS_PER_CORE", "0 -1 nan inf two", "a number greater than 0"),
        ("MAX_WORKERS", "-1 2.5 none", WHOLE.format(0)),
        ("GUNICORN_MAX_REQUESTS", "-1 2147483648 1e3", WHOLE.format(0)),
        ("GUNICORN_MAX_REQUESTS_JITTER", "-1 2.5", WHOLE.format(0)),
        ("HOST", "a,b [web] http://web a/b a..b é web:80 ::1:x", "an IP address or a host name"),
        ("PORT", "0 65536 http", "a whole number from 1 to 65535"),
        ("BIND", "web:x web: web:65536 http://web:80 a:80,b:80 unix: unix:/ ::1 fd://3", "HOST:PORT or unix:PATH"),
        ("UVICORN_ROOT_PATH", "api / /api/ //api /api?x", "a path such as /api, without / at its end"),
        ("FORWARDED_ALLOW_IPS", "proxy 10.0.0.1/8 1.2.3 ,", "a list of IP addresses with commas, or *"),
        ("LOG_LEVEL", "loud 10 informational", "one of debug, info, warning, error, critical"),
        ("GUNICORN_LOG_FORMAT", "xml", "one of text, json"),
        ("TIMEOUT", "-1 1.5 soon", WHOLE.format(0)),
        ("KEEP_ALIVE", "-1 1.5 long", WHOLE.format(0)),
        ("GRACEFUL_TIMEOUT", "-1 1.5 never", WHOLE.format(0)),
        ("GUNICORN_CONF", "/ /no/such.py", "a file"),
        ("GUNICORN_CMD_ARGS", "--name='my", "a command line: a quote is not closed"),
        ("HEALTHCHECK_PATH", "health", "a path that begins with /"),
        ("UVICORN_TIMEOUT_HEAD", "-1 0.5 long", WHOLE.format(0)),
    ],
)
def test_wrong_value_gives_one_line(name: str, values: str, allowed: str) -> None:
    for value in values.split():
        done = run({name: value})
        assert (done.status, done.stdout) == (64, ""), value
        assert done.stderr == f"{name}: {json.dumps(value)} is not {allowed}\n"


def test_wrong_values_are_reported_together() -> None:
    wrong = {"TIMEOUT": "soon", "PORT": "http", "LOG_LEVEL": "loud"}
    done = run({**wrong, "KEEP_ALIVE": "5"})
    assert (done.status, done.stdout) == (64, "")
    assert {line.split(":")[0] for line in done.stderr.splitlines()} == set(wrong)
    assert done.stderr.count("\n") == len(wrong)


@pytest.mark.parametrize("value", ['"80"', "'80'", '""'])
def test_quotes_that_an_env_file_left_are_named(value: str) -> None:
    (line,) = run({"PORT": value}).stderr.splitlines()
    assert line.startswith(f"PORT: {json.dumps(value)} is not a whole number") and "quotes" in line


def test_windows_line_ends_of_an_env_file_are_named() -> None:
    (line,) = run({"LOG_LEVEL": "info\r"}).stderr.splitlines()
    assert line.startswith("LOG_LEVEL: ") and "CR" in line
    assert settings({"PORT": "81\r"})["port"] == "81"


def test_line_break_in_a_value_stays_in_the_line() -> None:
    assert run({"TIMEOUT": "1\n2"}).stderr == f'TIMEOUT: "1\\n2" is not {WHOLE.format(0)}\n'


def run_alone(conf: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, without site-packages."""
    return subprocess.run([sys.executable, "-S", str(conf)], env=env, capture_output=True, text=True)


def test_copy_works_alone(tmp_path: Path) -> None:
    copy = Path(shutil.copy(CONF, tmp_path / "my_conf.py"))
    assert json.loads(run_alone(copy, WEB_CONCURRENCY="3").stdout) == {**DEFAULTS, "workers": 3}


def test_exit_status_and_message_of_the_process() -> None:
    done = run_alone(CONF, PORT="http")
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr == 'PORT: "http" is not a whole number from 1 to 65535\n'


@pytest.mark.parametrize("stdout, stderr", [("/dev/null", "/dev/full"), ("/dev/full", "/dev/null")])
def test_a_full_disk_does_not_hide_a_wrong_value(stdout: str, stderr: str) -> None:
    with open(stdout, "w") as out, open(stderr, "w") as err:
        assert subprocess.run([sys.executable, "-S", CONF], env={"PORT": "x"}, stdout=out, stderr=err).returncode == 64


def test_settings_that_cannot_be_printed() -> None:
    with open("/dev/full", "w") as out:
        done = subprocess.run([sys.executable, "-S", CONF], env={}, stdout=out, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (74, "gunicorn_conf.py: stdout: No space left on device\n")
