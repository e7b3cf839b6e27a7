"""Every variable of the image, by its effect on the running server.

tests/runtime covers the values that gunicorn_conf.py makes of them.
"""

import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests
from containers import Container, Image, app_folder, app_that_answers, container, run_to_end
from engine import docker

STARTED = "Application startup complete"

# Waits as long as the path says, and stops the event loop for as long if it says `block`.
SLEEPING_APP = """\
import asyncio, time
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
def read_root():
    return {}

@app.get("/sleep/{seconds}")
async def sleep(seconds: float):
    await asyncio.sleep(seconds)

@app.get("/block/{seconds}")
async def block(seconds: float):
    time.sleep(seconds)
"""


def gunicorn_settings(image: Image, **env: str) -> dict[str, str]:
    """The settings that Gunicorn itself says it would run with."""
    done = run_to_end(image.name, {**env, "GUNICORN_CMD_ARGS": "--print-config"})
    assert done.returncode == 0, done.stderr
    lines = (line.partition(" = ") for line in done.stdout.splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def status_inside(started: Container, address: str) -> int:
    """The status of GET http://ADDRESS/ from inside the container."""
    code = f"import urllib.request as r; print(r.urlopen('http://{address}/').status)"
    return int(started.exec("python", "-c", code))


def test_defaults_reach_gunicorn(image: Image) -> None:
    settings = gunicorn_settings(image)
    assert settings["bind"] == "['0.0.0.0:80']"
    assert settings["loglevel"] == "info"
    assert settings["accesslog"] == settings["errorlog"] == "-"
    assert settings["timeout"] == settings["graceful_timeout"] == "120"
    assert settings["keepalive"] == "2"
    assert settings["worker_tmp_dir"] == "/dev/shm"


def test_numbers_reach_gunicorn(image: Image) -> None:
    settings = gunicorn_settings(image, TIMEOUT="20", GRACEFUL_TIMEOUT="21", KEEP_ALIVE="22")
    assert settings["timeout"] == "20"
    assert settings["graceful_timeout"] == "21"
    assert settings["keepalive"] == "22"


def test_settings_as_json(running: Container) -> None:
    settings = running.settings(WEB_CONCURRENCY="", WORKERS_PER_CORE="100", MAX_WORKERS="3", PORT="81")
    assert settings["workers"] == settings["use_max_workers"] == 3
    assert settings["workers_per_core"] == 100
    assert settings["bind"] == "0.0.0.0:81"


def test_web_concurrency_wins(image: Image) -> None:
    env = {"WEB_CONCURRENCY": "3", "MAX_WORKERS": "1", "WORKERS_PER_CORE": "0.5"}
    with container(image.name, env) as started:
        assert len(started.processes()) == 1 + 3


def test_max_workers_limits_workers_per_core(image: Image) -> None:
    env = {"WEB_CONCURRENCY": "", "WORKERS_PER_CORE": "10", "MAX_WORKERS": "3"}
    with container(image.name, env) as started:
        assert len(started.processes()) == 1 + 3


def test_port(image: Image) -> None:
    with container(image.name, {"PORT": "8080"}, port=8080) as started:
        assert started.get().status_code == 200
        assert "Listening at: http://0.0.0.0:8080" in started.logs()


def test_host_limits_who_is_served(image: Image) -> None:
    with container(image.name, {"HOST": "127.0.0.1"}, ready=STARTED) as started:
        assert status_inside(started, "127.0.0.1:80") == 200
        with pytest.raises(requests.RequestException):
            started.get()


def test_bind_wins_over_host_and_port(image: Image) -> None:
    env = {"BIND": "0.0.0.0:8080", "HOST": "127.0.0.1", "PORT": "8000"}
    with container(image.name, env, port=8080) as started:
        assert started.get().status_code == 200


@pytest.mark.parametrize("level, starting_is_told", [("warning", False), ("debug", True)])
def test_log_level(image: Image, level: str, starting_is_told: bool) -> None:
    with container(image.name, {"LOG_LEVEL": level}) as started:
        assert ("Starting gunicorn" in started.logs()) == starting_is_told
        assert ("[DEBUG]" in started.logs()) == (level == "debug")


def test_empty_log_names_mean_no_log(image: Image) -> None:
    with container(image.name, {"ACCESS_LOG": "", "ERROR_LOG": ""}) as started:
        started.get("/?unheard")
        assert "unheard" not in started.logs()
        assert "Starting gunicorn" not in started.logs()
        assert "Checking for script" in started.logs()


def test_logs_to_files(image: Image) -> None:
    env = {"ACCESS_LOG": "/tmp/access.log", "ERROR_LOG": "/tmp/error.log"}
    with container(image.name, env) as started:
        started.get("/?filed")
        assert "GET /?filed" in started.exec("cat", "/tmp/access.log")
        assert "Starting gunicorn" in started.exec("cat", "/tmp/error.log")
        assert "filed" not in started.logs()


def test_worker_class(image: Image) -> None:
    worker_class = "uvicorn.workers.UvicornH11Worker"
    with container(image.name, {"WORKER_CLASS": worker_class}) as started:
        assert started.get().status_code == 200
        assert f"gunicorn -k {worker_class} -c " in started.processes()[0].command
        assert f"Using worker: {worker_class}" in started.logs()


def test_silent_worker_is_replaced_after_timeout(image: Image, tmp_path: Path) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": SLEEPING_APP})
    with container(image.name, {"TIMEOUT": "1"}, [mount]) as started:
        with pytest.raises(requests.RequestException):
            started.get("/block/30")
        assert "WORKER TIMEOUT" in started.logs()
        started.wait_until_serving()


@pytest.mark.parametrize("seconds, still_open", [("1", False), ("20", True)])
def test_keep_alive(image: Image, seconds: str, still_open: bool) -> None:
    with container(image.name, {"KEEP_ALIVE": seconds}) as started:
        with socket.create_connection(started.address, timeout=3) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
            assert b"200 OK" in connection.recv(65536)
            try:
                while connection.recv(65536):
                    pass
                closed = True
            except TimeoutError:
                closed = False
        assert closed != still_open


def test_stop_waits_no_longer_than_graceful_timeout(image: Image, tmp_path: Path) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": SLEEPING_APP})
    with container(image.name, {"GRACEFUL_TIMEOUT": "1"}, [mount]) as started:
        address = "http://{}:{}/sleep/60".format(*started.address)

        def wait_in_vain() -> None:
            with pytest.raises(requests.RequestException):
                requests.get(address, timeout=60)

        request = threading.Thread(target=wait_in_vain)
        request.start()
        time.sleep(0.5)
        began = time.monotonic()
        docker("stop", "--time=50", started.name)
        assert time.monotonic() - began < 15
        request.join()


def test_gunicorn_cmd_args_win(image: Image) -> None:
    env = {"GUNICORN_CMD_ARGS": "--workers=2 --bind=0.0.0.0:8080", "PORT": "8000"}
    with container(image.name, env, port=8080) as started:
        assert started.get().status_code == 200
        assert len(started.processes()) == 1 + 2


def test_tls_through_gunicorn_cmd_args(image: Image, tmp_path: Path) -> None:
    request = "req -x509 -newkey rsa:2048 -nodes -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    files = "-keyout key.pem -out cert.pem"
    try:
        command = ["openssl", *request.split(), *files.split()]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl command on PATH to make a certificate")
    tmp_path.chmod(0o755)
    (tmp_path / "key.pem").chmod(0o644)
    env = {
        "GUNICORN_CMD_ARGS": "--keyfile=/secrets/key.pem --certfile=/secrets/cert.pem",
        "PORT": "443",
    }
    options = [f"--volume={tmp_path}:/secrets"]
    with container(image.name, env, options, port=443, ready=STARTED) as started:
        address = "https://{}:{}/".format(*started.address)
        assert requests.get(address, verify=str(tmp_path / "cert.pem")).status_code == 200


CONF_FILES = ("gunicorn_conf.py", "app/gunicorn_conf.py", "custom_gunicorn_conf.py")


@pytest.mark.parametrize(
    "files, env, used",
    [
        (CONF_FILES[:2], {}, "/app/gunicorn_conf.py"),
        (CONF_FILES[1:], {}, "/app/app/gunicorn_conf.py"),
        (CONF_FILES[2:], {}, "/gunicorn_conf.py"),
        (
            CONF_FILES,
            {"GUNICORN_CONF": "/app/custom_gunicorn_conf.py"},
            "/app/custom_gunicorn_conf.py",
        ),
    ],
    ids=["app", "app/app", "default", "variable"],
)
def test_gunicorn_conf(
    image: Image, tmp_path: Path, files: tuple[str, ...], env: dict[str, str], used: str
) -> None:
    sources = {name: f"bind = '0.0.0.0:80'\nraw_env = ['CONF={name}']\n" for name in files}
    sources["main.py"] = app_that_answers("os.environ.get('CONF')")
    mount = app_folder(tmp_path / "app", sources)
    with container(image.name, env, [mount]) as started:
        assert f" -c {used} " in started.processes()[0].command
        expected = None if used == "/gunicorn_conf.py" else used.removeprefix("/app/")
        assert started.get().json() == expected


APPS = {
    "main.py": app_that_answers("'main:app'"),
    "app/main.py": app_that_answers("'app.main:app'"),
    "custom_app/custom_main.py": app_that_answers("'custom'", variable="api"),
}


@pytest.mark.parametrize(
    "files, env, answer",
    [
        (["main.py"], {}, "main:app"),
        (["main.py", "app/main.py"], {}, "app.main:app"),
        (["main.py", "app/main.py"], {"MODULE_NAME": "main"}, "main:app"),
        (list(APPS), {"MODULE_NAME": "custom_app.custom_main", "VARIABLE_NAME": "api"}, "custom"),
        (list(APPS), {"APP_MODULE": "custom_app.custom_main:api", "MODULE_NAME": "main"}, "custom"),
    ],
    ids=["main", "app.main", "MODULE_NAME", "VARIABLE_NAME", "APP_MODULE"],
)
def test_which_app_is_served(
    image: Image, tmp_path: Path, files: list[str], env: dict[str, str], answer: str
) -> None:
    mount = app_folder(tmp_path / "app", {name: APPS[name] for name in files})
    with container(image.name, env, [mount]) as started:
        assert started.get().json() == answer


@pytest.mark.parametrize("name, value", [("TIMEOUT", "soon"), ("WEB_CONCURRENCY", "many")])
def test_wrong_value_stops_the_container_with_one_line(image: Image, name: str, value: str) -> None:
    done = run_to_end(image.name, {name: value})
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert name in line and value in line


def test_missing_app_stops_the_container_with_one_line(image: Image, tmp_path: Path) -> None:
    done = run_to_end(image.name, options=[app_folder(tmp_path / "app", {})])
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert "/app" in line and "main.py" in line
