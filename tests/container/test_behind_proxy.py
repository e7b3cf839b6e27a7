"""Behind a reverse proxy: whom the app sees as its client, and below which path it is shown."""

from pathlib import Path

import pytest

from containers import Image, app_folder, app_that_answers, container

CLIENT = "203.0.113.7"
HEADERS = {"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https"}
SEEN = "{'client': request.client.host, 'scheme': request.url.scheme, 'root_path': request.scope['root_path']}"

WORKER_CLASS = "uvicorn.workers.UvicornWorker"
H11_WORKER_CLASS = "uvicorn.workers.UvicornH11Worker"


@pytest.mark.parametrize(
    "env, command",
    [
        pytest.param({"WORKER_CLASS": WORKER_CLASS}, "/start.sh", id="UvicornWorker", marks=pytest.mark.variables),
        pytest.param({"WORKER_CLASS": H11_WORKER_CLASS}, "/start.sh", id="UvicornH11Worker"),
        pytest.param({}, "/start-reload.sh", id="reload"),
    ],
)
def test_trusted_proxy(image: Image, tmp_path: Path, env: dict[str, str], command: str) -> None:
    env = {**env, "FORWARDED_ALLOW_IPS": "*", "UVICORN_ROOT_PATH": "/api"}
    mount = app_folder(tmp_path / "app", {"main.py": app_that_answers(SEEN)})
    with container(image.name, env, [mount], [command]) as started:
        assert started.get(headers=HEADERS).json() == {"client": CLIENT, "scheme": "https", "root_path": "/api"}
        started.wait_for_log(f'{CLIENT}:0 - "GET ')
        assert "'/api/openapi.json'" in started.get("/docs").text
        assert started.get("/openapi.json").json()["servers"] == [{"url": "/api"}]


@pytest.mark.parametrize("command", ["/start.sh", "/start-reload.sh"])
def test_no_proxy_is_trusted_by_default(image: Image, tmp_path: Path, command: str) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": app_that_answers(SEEN)})
    with container(image.name, {}, [mount], [command]) as started:
        seen = started.get(headers=HEADERS).json()
        assert seen == {"client": seen["client"], "scheme": "http", "root_path": ""}
        assert seen["client"] != CLIENT
        assert "'/openapi.json'" in started.get("/docs").text
