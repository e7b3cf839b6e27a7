"""The health of a container: what the `healthcheck` command says, and what the engine makes of it."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import engine_api
from certificate import TLS_ARGS, certificate_volume
from containers import ANSWER_SECONDS, APP_STARTED, Container, Image, app_folder, app_that_answers, container
from engine import docker, env_options

# Answers GET /status/503 with that status.
APP = """\
from fastapi import FastAPI, Response

app = FastAPI()

@app.get("/status/{status}")
def read_status(status: int):
    return Response(status_code=status)
"""
OFTEN = ("--health-interval=1s", "--health-retries=1")
# Debian's nobody.
UID = 65534


@dataclass(frozen=True)
class Checked:
    status: int
    said: str


HEALTHY = Checked(0, "")


def check(started: Container, **env: str) -> Checked:
    """What the image's `healthcheck` command says in the container when it also has these variables."""
    command = ["docker", "exec", *env_options(env), started.name, "healthcheck"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    assert done.stdout == ""
    return Checked(done.returncode, done.stderr)


def wait_until_healthy(started: Container, **env: str) -> None:
    """Wait until the check passes without a word. It also passes where it finds no server to ask, but then says so."""
    started.wait_until(lambda: check(started, **env) == HEALTHY, f"a good health check without a word, with {env}")


def health(started: Container) -> str:
    return str(engine_api.inspect(started.name)["State"]["Health"]["Status"])


def wait_for_health(started: Container, status: str) -> None:
    started.wait_until(lambda: health(started) == status, f"the engine finding it {status}")


def test_image_config(image: Image) -> None:
    config = json.loads(docker("image", "inspect", image.name))[0]["Config"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/usr/local/bin/healthcheck"]
    assert config["Healthcheck"]["StartPeriod"] == 3600 * 10**9


def test_default_leaves_no_line_in_the_log(image: Image) -> None:
    with container(image.name, options=OFTEN, ready=APP_STARTED) as started:
        wait_for_health(started, "healthy")
        logs = started.logs()
        for _ in range(3):
            assert check(started) == HEALTHY
        assert started.logs() == logs
        assert "HTTP/1.1" not in logs


def test_engine_notices_that_the_app_hangs_and_that_it_recovers(image: Image) -> None:
    with container(image.name, {"HEALTHCHECK_PATH": "/docs"}, OFTEN, ready=APP_STARTED) as started:
        wait_for_health(started, "healthy")
        assert "GET /docs HTTP/1.1" in started.logs()
        worker = started.processes()[1].pid
        started.exec("sh", "-c", f"kill -STOP {worker}")
        wait_for_health(started, "unhealthy")
        assert check(started).said.startswith("healthcheck: 0.0.0.0:80/docs: no answer within 5 seconds")
        started.exec("sh", "-c", f"kill -CONT {worker}")
        wait_for_health(started, "healthy")


@pytest.mark.variables
def test_status(image: Image, tmp_path: Path) -> None:
    with container(image.name, options=[app_folder(tmp_path / "app", {"main.py": APP})]) as started:
        for status in (200, 307, 404, 499):
            assert check(started, HEALTHCHECK_PATH=f"/status/{status}") == HEALTHY
        for status in (500, 503):
            checked = check(started, HEALTHCHECK_PATH=f"/status/{status}")
            assert checked.status == 1 and f"status {status}" in checked.said
        assert check(started, HEALTHCHECK_PATH="status").status == 64


@dataclass(frozen=True)
class Case:
    """A container that is healthy, with and without HEALTHCHECK_PATH. Its image must have the command `needs`."""

    env: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    needs: str = "sh"


CASES = {
    "PORT": Case({"PORT": "8080"}),
    "HOST": Case({"HOST": "127.0.0.1", "PORT": "8080"}),
    "IPv6": Case({"HOST": "::"}),
    "BIND": Case({"BIND": "127.0.0.1:8080", "PORT": "1"}),
    "unix": Case({"BIND": "unix:/tmp/app.sock"}),
    "arguments": Case({"GUNICORN_CMD_ARGS": "--workers=1 --bind 0.0.0.0:8080", "BIND": "0.0.0.0:80"}),
    "TLS": Case({"GUNICORN_CMD_ARGS": TLS_ARGS, "PORT": "443"}),
    "init": Case({"PORT": "8080"}, ("--init",)),
    "no rights": Case(
        options=("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--user=10001", "--tmpfs=/tmp")
    ),
    "own configuration": Case(files={"gunicorn_conf.py": "bind = '0.0.0.0:8080'\n"}),
    "own configuration with TLS": Case(
        files={
            "gunicorn_conf.py": "bind = '0.0.0.0:8443'\nkeyfile = '/secrets/key.pem'\ncertfile = '/secrets/cert.pem'\n"
        }
    ),
    "own configuration with unix": Case(
        files={"gunicorn_conf.py": "bind = 'unix:/tmp/app.sock'\ncontrol_socket_disable = True\n"}
    ),
    "another user": Case(
        command=("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "/start.sh"),
        files={"gunicorn_conf.py": "bind = '0.0.0.0:8080'\n"},
        needs="setpriv",
    ),
    "prestart sets PORT": Case(files={"prestart.sh": "export PORT=8080\n"}),
    "reload": Case({"PORT": "8080", "BIND": "0.0.0.0:81"}, command=("/start-reload.sh",)),
    "reload ignores TLS": Case({"GUNICORN_CMD_ARGS": TLS_ARGS}, command=("/start-reload.sh",)),
    "own command": Case(command=("uvicorn", "main:app", "--port=8000")),
    "command in a shell": Case(command=("sh", "-c", "sleep 1; gunicorn -k uvicorn.workers.UvicornWorker main:app")),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_finds_the_server(image: Image, tmp_path: Path, case: Case) -> None:
    if image.variant == "minimal" and case.needs != "sh":
        pytest.skip(f"a minimal image has no {case.needs}")
    options = [*case.options, app_folder(tmp_path / "app", {"main.py": app_that_answers("None"), **case.files})]
    if "/secrets/" in f"{case.env} {case.files}":
        options.append(certificate_volume(tmp_path / "secrets"))
    with container(image.name, case.env, options, case.command, ready=APP_STARTED) as started:
        wait_until_healthy(started)
        wait_until_healthy(started, HEALTHCHECK_PATH="/")


def test_not_healthy_before_the_server_listens(image: Image, tmp_path: Path) -> None:
    files = {"prestart.sh": "sleep 600\n", "main.py": app_that_answers("None")}
    options = [*OFTEN, app_folder(tmp_path / "app", files)]
    for more in ((), ("--init",)):
        with container(image.name, options=[*options, *more], ready="Running script") as started:
            checked = check(started)
            assert checked.status == 1
            assert checked.said.startswith(
                "healthcheck: 0.0.0.0:80: Connection refused; the server has not started yet"
            )
            assert health(started) == "starting"


def test_another_command_is_healthy_without_a_server(image: Image) -> None:
    command = ["sh", "-c", "echo working; sleep 600"]
    for more in ((), ("--init",)):
        with container(image.name, options=[*OFTEN, *more], command=command, ready="working") as started:
            wait_for_health(started, "healthy")
            assert "another command" in check(started).said


def test_each_form_of_bind_that_gunicorn_accepts(image: Image) -> None:
    with container(image.name, command=["sh", "-c", "echo working; sleep 600"], ready="working") as started:
        reached = started.run_inside("bind_forms.py")
    assert sum(reached.values()) >= 20
    assert [form for form, found in reached.items() if not found] == []
