"""What a container of the image does when nobody configures anything but one worker."""

import json

import pytest

from containers import Container, Image, container
from engine import cpu_cores, docker
from shown import Shown, shown

pytestmark = pytest.mark.differs

GUNICORN_DEFAULTS = {
    "bind": "['0.0.0.0:80']",
    "worker_class": "uvicorn.workers.UvicornWorker",
    "accesslog": "-",
    "errorlog": "-",
    "timeout": "120",
    "graceful_timeout": "120",
    "keepalive": "2",
    "max_requests": "0",
    "max_requests_jitter": "0",
    "forwarded_allow_ips": "['127.0.0.1', '::1']",
    "worker_tmp_dir": "/dev/shm",
}

# For these, an empty value means the same as none.
VARIABLES = (
    "MODULE_NAME VARIABLE_NAME APP_MODULE GUNICORN_CONF WORKER_CLASS PRE_START_PATH WORKERS_PER_CORE MAX_WORKERS"
    " WEB_CONCURRENCY GUNICORN_MAX_REQUESTS GUNICORN_MAX_REQUESTS_JITTER HOST PORT BIND UVICORN_ROOT_PATH"
    " FORWARDED_ALLOW_IPS LOG_LEVEL GUNICORN_LOG_FORMAT TIMEOUT KEEP_ALIVE GRACEFUL_TIMEOUT HEALTHCHECK_PATH"
)


def test_root_answers_the_greeting(image: Image, running: Container) -> None:
    response = running.get("/")
    assert response.status_code == 200
    assert response.json() == {
        "message": f"Hello world! From FastAPI running on Uvicorn with Gunicorn. Using Python {image.python}"
    }


def test_interactive_docs(running: Container) -> None:
    assert running.get("/docs").status_code == 200
    assert running.get("/redoc").status_code == 200
    assert "/" in running.get("/openapi.json").json()["paths"]


@pytest.mark.variables
def test_one_worker_makes_two_processes(running: Container) -> None:
    master, worker = running.processes()
    assert (master.pid, worker.parent) == (1, 1)
    for process in master, worker:
        assert process.command.endswith("gunicorn -k uvicorn.workers.UvicornWorker -c /gunicorn_conf.py main:app")


@pytest.mark.variables
def test_start_messages_come_first(running: Container) -> None:
    assert running.logs().splitlines()[:3] == [
        "Checking for script in /app/prestart.sh",
        "Running script /app/prestart.sh",
        "Running inside /app/prestart.sh, you could add migrations to this file, e.g.:",
    ]


def test_server_log_lines(running: Container) -> None:
    running.get("/?logged")
    running.wait_for_log('"GET /?logged HTTP/1.1" 200')
    logs = running.logs()
    for line in (
        "[INFO] Starting gunicorn ",
        "[INFO] Listening at: http://0.0.0.0:80 (1)",
        "[INFO] Using worker: uvicorn.workers.UvicornWorker",
        "[INFO] Application startup complete.",
    ):
        assert line in logs
    assert "warn" not in logs.lower() and "[DEBUG]" not in logs


def test_image_config(image: Image) -> None:
    config = json.loads(docker("image", "inspect", image.name))[0]["Config"]
    assert config["Cmd"] == ["/start.sh"]
    assert not config.get("Entrypoint")
    assert config["WorkingDir"] == "/app"
    assert {"PYTHONPATH=/app", "PYTHONUNBUFFERED=1"} <= set(config["Env"])


def test_settings_as_json(running: Container) -> None:
    settings = running.settings(WEB_CONCURRENCY="", WORKERS_PER_CORE="100", MAX_WORKERS="3", PORT="81")
    assert settings["workers"] == settings["use_max_workers"] == 3
    assert settings["workers_per_core"] == 100
    assert settings["bind"] == "0.0.0.0:81"


def default_shown() -> Shown:
    return Shown(
        command="-k uvicorn.workers.UvicornWorker -c /gunicorn_conf.py main:app",
        workers=max(cpu_cores(), 2),
        listening=["0.0.0.0:80"],
        settings=GUNICORN_DEFAULTS,
    )


def test_defaults_before_and_after_stop_and_start(image: Image) -> None:
    env = {"WEB_CONCURRENCY": None, "GUNICORN_CMD_ARGS": "--log-level=debug"}
    with container(image.name, env) as started:
        assert shown(started, GUNICORN_DEFAULTS) == default_shown()
        started.restart()
        assert shown(started, GUNICORN_DEFAULTS) == default_shown()


def test_empty_means_unset(image: Image) -> None:
    env = {**dict.fromkeys(VARIABLES.split(), ""), "GUNICORN_CMD_ARGS": "--log-level=debug"}
    with container(image.name, env) as started:
        assert shown(started, GUNICORN_DEFAULTS) == default_shown()
