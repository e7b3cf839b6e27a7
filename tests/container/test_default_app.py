"""What a container of the image does when nobody configures anything but one worker."""

import json
import os

from containers import Container, Image, container
from engine import docker


def test_root_answers_the_greeting(image: Image, running: Container) -> None:
    response = running.get("/")
    assert response.status_code == 200
    assert response.json() == {
        "message": "Hello world! From FastAPI running on Uvicorn with Gunicorn."
        f" Using Python {image.python}"
    }


def test_interactive_docs(running: Container) -> None:
    assert running.get("/docs").status_code == 200
    assert running.get("/redoc").status_code == 200
    assert "/" in running.get("/openapi.json").json()["paths"]


def test_one_worker_makes_two_processes(running: Container) -> None:
    master, worker = running.processes()
    assert (master.pid, worker.parent) == (1, 1)
    for process in master, worker:
        assert process.command.endswith(
            "gunicorn -k uvicorn.workers.UvicornWorker -c /gunicorn_conf.py main:app"
        )


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
    assert "warn" not in logs.lower()


def test_image_config(image: Image) -> None:
    config = json.loads(docker("image", "inspect", image.name))[0]["Config"]
    assert config["Cmd"] == ["/start.sh"]
    assert not config.get("Entrypoint")
    assert config["WorkingDir"] == "/app"
    assert {"PYTHONPATH=/app", "PYTHONUNBUFFERED=1"} <= set(config["Env"])


def test_workers_by_cpu_cores(image: Image) -> None:
    with container(image.name, {"WEB_CONCURRENCY": ""}) as started:
        cores = int(started.exec("python", "-c", "import os; print(len(os.sched_getaffinity(0)))"))
        assert cores <= (os.cpu_count() or cores)
        assert len(started.processes()) == 1 + max(cores, 2)


def test_serves_again_after_stop_and_start(image: Image) -> None:
    with container(image.name) as started:
        docker("stop", "--time=10", started.name)
        assert docker("inspect", "--format={{.State.ExitCode}}", started.name).strip() == "0"
        docker("start", started.name)
        started.wait_until_serving()
        assert started.get().status_code == 200
