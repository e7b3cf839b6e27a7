"""Every variable of /start.sh, found in the process itself, and again after a stop and start of the container."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from containers import Image, app_folder, container
from shown import Shown, forget_log_file, shown, telling_apps

GREETING_SCRIPT = "export GREETING=hello\n"

# Sets what the image's own configuration takes from variables. GUNICORN_CMD_ARGS overrides it in turn.
CUSTOM_CONF = """\
bind = "0.0.0.0:81"
workers = 3
keepalive = 9
backlog = 99
loglevel = "critical"
accesslog = None
control_socket_disable = True
"""


@dataclass(frozen=True)
class Case:
    env: dict[str, str | None]
    expected: Shown
    port: int = 8080


def answer(module: str, protocol: str, greeting: str | None = None, root_path: str = "") -> dict[str, str | None]:
    return {"module": module, "protocol": protocol, "greeting": greeting, "root_path": root_path}


CASES = {
    # What the image's own configuration makes of its variables.
    "computed": Case(
        env={
            "MODULE_NAME": "custom_app.custom_main",
            "VARIABLE_NAME": "api",
            "HOST": "::",
            "PORT": "8080",
            "WEB_CONCURRENCY": None,
            "WORKERS_PER_CORE": "10",
            "MAX_WORKERS": "3",
            "LOG_LEVEL": "debug",
            "WORKER_CLASS": "uvicorn.workers.UvicornH11Worker",
            "TIMEOUT": "20",
            "KEEP_ALIVE": "21",
            "GRACEFUL_TIMEOUT": "22",
            "ACCESS_LOG": "/tmp/file.log",
            "PRE_START_PATH": "/app/custom/script.sh",
        },
        expected=Shown(
            command="-k uvicorn.workers.UvicornH11Worker -c /gunicorn_conf.py custom_app.custom_main:api",
            workers=3,
            listening=["[::]:8080"],
            access_log="/tmp/file.log",
            prestart="/app/custom/script.sh",
            settings={
                "worker_class": "uvicorn.workers.UvicornH11Worker",
                "loglevel": "debug",
                "timeout": "20",
                "keepalive": "21",
                "graceful_timeout": "22",
                "errorlog": "-",
            },
            answer=answer("custom_app.custom_main", "uvicorn.protocols.http.h11_impl", greeting="hello"),
        ),
    ),
    # The variables that win over others, and those that these images add.
    "winning": Case(
        env={
            "APP_MODULE": "custom_app.custom_main:api",
            "MODULE_NAME": "main",
            "VARIABLE_NAME": "nothing",
            "BIND": "0.0.0.0:8080",
            "HOST": "127.0.0.1",
            "PORT": "8000",
            "WEB_CONCURRENCY": "3",
            "WORKERS_PER_CORE": "10",
            "MAX_WORKERS": "1",
            "LOG_LEVEL": "debug",
            "WORKER_CLASS": "uvicorn.workers.UvicornWorker",
            "ACCESS_LOG": "",
            "ERROR_LOG": "/tmp/file.log",
            "GUNICORN_MAX_REQUESTS": "1000",
            "GUNICORN_MAX_REQUESTS_JITTER": "100",
            "FORWARDED_ALLOW_IPS": "10.0.0.1,10.0.0.2",
            "UVICORN_ROOT_PATH": "/api",
        },
        expected=Shown(
            command="-k uvicorn.workers.UvicornWorker -c /gunicorn_conf.py custom_app.custom_main:api",
            workers=3,
            listening=["0.0.0.0:8080"],
            access_log=None,
            error_log="/tmp/file.log",
            settings={
                "worker_class": "uvicorn.workers.UvicornWorker",
                "accesslog": "None",
                "max_requests": "1000",
                "max_requests_jitter": "100",
                "forwarded_allow_ips": "['10.0.0.1', '10.0.0.2']",
            },
            answer=answer("custom_app.custom_main", "uvicorn.protocols.http.httptools_impl", root_path="/api"),
        ),
    ),
    # GUNICORN_CMD_ARGS wins over the app's own configuration file, and that over the variables.
    "command line": Case(
        env={
            "MODULE_NAME": "main",
            "GUNICORN_CONF": "/app/custom_gunicorn_conf.py",
            "GUNICORN_CMD_ARGS": "--bind 0.0.0.0:8080 --workers=2 --timeout=33 --log-level debug"
            " --access-logfile=/tmp/file.log",
            "PORT": "8000",
            "WEB_CONCURRENCY": "4",
            "TIMEOUT": "20",
            "KEEP_ALIVE": "21",
            "LOG_LEVEL": "error",
            "ACCESS_LOG": "-",
        },
        expected=Shown(
            command="-k uvicorn.workers.UvicornWorker -c /app/custom_gunicorn_conf.py main:app",
            workers=2,
            listening=["0.0.0.0:8080"],
            access_log="/tmp/file.log",
            settings={"timeout": "33", "keepalive": "9", "backlog": "99", "loglevel": "debug"},
            answer=answer("main", "uvicorn.protocols.http.httptools_impl"),
        ),
    ),
    "asgi": Case(
        env={
            "WORKER_CLASS": "asgi",
            "WEB_CONCURRENCY": "2",
            "PORT": "8080",
            "KEEP_ALIVE": "21",
            "LOG_LEVEL": "debug",
            "UVICORN_ROOT_PATH": "/api",
        },
        expected=Shown(
            command="-k asgi -c /gunicorn_conf.py app.main:app",
            workers=2,
            listening=["0.0.0.0:8080"],
            settings={"worker_class": "asgi", "keepalive": "21"},
            answer=answer("app.main", "gunicorn.asgi.protocol", root_path="/api"),
        ),
    ),
}


@pytest.mark.variables
@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_variables_before_and_after_stop_and_start(image: Image, tmp_path: Path, case: Case) -> None:
    if case.env.get("WORKER_CLASS") == "asgi" and not image.has_worker("asgi"):
        pytest.skip("the image's Gunicorn has no asgi worker")
    files = {"custom/script.sh": GREETING_SCRIPT, "custom_gunicorn_conf.py": CUSTOM_CONF}
    mount = app_folder(tmp_path / "app", {**telling_apps(), **files})
    expected = case.expected
    with container(image.name, case.env, [mount], port=case.port) as started:
        assert shown(started, expected.settings, expected.access_log) == expected
        forget_log_file(started)
        started.restart()
        assert shown(started, expected.settings, expected.access_log) == expected
