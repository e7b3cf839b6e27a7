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

# Answers GET /status/503 with that status. GET / takes all of a worker's time.
APP = """\
import time
from fastapi import FastAPI, Response

app = FastAPI()

@app.get("/status/{status}")
def read_status(status: int):
    return Response(status_code=status)

@app.get("/")
async def read_root():
    work()

def wsgi(environ, start_response):
    work()

def work():
    print("at work", flush=True)
    time.sleep(600)
"""
UVICORN = "uvicorn.workers.UvicornWorker"
# Without the hooks of the images' own, which end a server whose workers do not start.
OWN_CONF = "bind = '0.0.0.0:80'\ncontrol_socket_disable = True\n"
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


def wait_for_a_failed_check(started: Container) -> None:
    def failed() -> bool:
        return any(done["ExitCode"] for done in engine_api.inspect(started.name)["State"]["Health"]["Log"] or [])

    started.wait_until(failed, "the engine's check failing")


def assert_not_served(checked: Checked) -> None:
    assert checked.status == 1
    (line,) = checked.said.splitlines()
    assert line.startswith("healthcheck: 0.0.0.0:80: no worker accepts the connection within 5 seconds; ")


def app_for(worker_class: str) -> str:
    return "main:wsgi" if worker_class in ("sync", "gthread") else "main:app"


def test_image_config(image: Image) -> None:
    config = json.loads(docker("image", "inspect", image.name))[0]["Config"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/usr/local/bin/healthcheck"]
    assert config["Healthcheck"]["StartPeriod"] == 3600 * 10**9


@pytest.mark.parametrize("arguments", ["", TLS_ARGS], ids=["plain", "TLS"])
@pytest.mark.parametrize("worker_class", [UVICORN, "uvicorn.workers.UvicornH11Worker", "sync", "gthread", "asgi"])
def test_default_leaves_no_line_in_the_log(image: Image, tmp_path: Path, worker_class: str, arguments: str) -> None:
    if worker_class == "asgi" and not image.has_worker(worker_class):
        pytest.skip("its Gunicorn has no such worker")
    env = {"WORKER_CLASS": worker_class, "GUNICORN_CMD_ARGS": arguments, "APP_MODULE": app_for(worker_class)}
    options = [*OFTEN, app_folder(tmp_path / "app", {"main.py": APP}), certificate_volume(tmp_path / "secrets")]
    with container(image.name, env, options, ready="Booting worker") as started:
        wait_for_health(started, "healthy")
        logs = started.logs()
        for _ in range(3):
            assert check(started) == HEALTHY
        assert started.logs() == logs
        assert "HTTP/1.1" not in logs


def test_starting_until_a_worker_serves(image: Image, tmp_path: Path) -> None:
    app = f"import os, time\nwhile not os.path.exists('/tmp/go'):\n    time.sleep(0.1)\n{APP}"
    options = [*OFTEN, app_folder(tmp_path / "app", {"main.py": app})]
    with container(image.name, options=options, ready="Booting worker") as started:
        assert_not_served(check(started))
        wait_for_a_failed_check(started)
        assert health(started) == "starting"
        started.exec("touch", "/tmp/go")
        wait_for_health(started, "healthy")


DIES = "os.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.parametrize(
    "app, conf",
    [(f"import os, signal\n{DIES}\n", ""), (APP, "keyfile = certfile = '/app/main.py'\n")],
    ids=["killed at import", "wrong TLS key"],
)
def test_starting_while_workers_end(image: Image, tmp_path: Path, app: str, conf: str) -> None:
    files = {"main.py": app, "gunicorn_conf.py": f"{OWN_CONF}{conf}"}
    options = [*OFTEN, app_folder(tmp_path / "app", files)]
    with container(image.name, options=options, ready="Booting worker") as started:
        assert_not_served(check(started))
        wait_for_a_failed_check(started)
        assert health(started) == "starting"


def test_unhealthy_when_workers_keep_ending(image: Image, tmp_path: Path) -> None:
    # Not at once: Gunicorn 23 has no worker replaced that ends before the master has noted its number.
    app = f"import os, signal, time\nif os.path.exists('/tmp/broken'):\n    time.sleep(1)\n    {DIES}\n{APP}"
    options = [*OFTEN, app_folder(tmp_path / "app", {"main.py": app, "gunicorn_conf.py": OWN_CONF})]
    with container(image.name, options=options, ready=APP_STARTED) as started:
        wait_for_health(started, "healthy")
        started.exec("touch", "/tmp/broken")
        started.exec("sh", "-c", f"kill -KILL {started.processes()[1].pid}")
        wait_for_health(started, "unhealthy")
        assert_not_served(check(started))
        started.exec("rm", "/tmp/broken")
        wait_for_health(started, "healthy")


def test_unhealthy_while_reload_has_no_app_to_serve(image: Image, tmp_path: Path) -> None:
    options = [*OFTEN, app_folder(tmp_path / "app", {"main.py": APP})]
    with container(image.name, options=options, command=["/start-reload.sh"], ready=APP_STARTED) as started:
        wait_for_health(started, "healthy")
        (tmp_path / "app/main.py").write_text("raise ValueError('no such database')\n")
        started.wait_for_log("ValueError: no such database")
        wait_for_health(started, "unhealthy")
        assert_not_served(check(started))
        (tmp_path / "app/main.py").write_text(APP)
        wait_for_health(started, "healthy")


def test_unhealthy_when_the_worker_hangs(image: Image) -> None:
    with container(image.name, options=OFTEN, ready=APP_STARTED) as started:
        wait_for_health(started, "healthy")
        worker = started.processes()[1].pid
        started.exec("sh", "-c", f"kill -STOP {worker}")
        wait_for_health(started, "unhealthy")
        started.exec("sh", "-c", f"kill -CONT {worker}")
        wait_for_health(started, "healthy")


@pytest.mark.parametrize("bind", ["0.0.0.0:80", "unix:/tmp/app.sock"])
@pytest.mark.parametrize("worker_class", [UVICORN, "sync"])
def test_healthy_while_a_request_keeps_the_worker_busy(
    image: Image, tmp_path: Path, worker_class: str, bind: str
) -> None:
    env = {"WORKER_CLASS": worker_class, "APP_MODULE": app_for(worker_class), "BIND": bind}
    options = [app_folder(tmp_path / "app", {"main.py": APP})]
    with container(image.name, env, options, ready="Booting worker") as started:
        wait_until_healthy(started)
        started.request_in_background(bind.removeprefix("unix:"))
        started.wait_for_log("at work")
        assert check(started) == HEALTHY


def test_engine_notices_that_the_app_hangs_and_that_it_recovers(image: Image) -> None:
    with container(image.name, {"HEALTHCHECK_PATH": "/docs"}, OFTEN, ready=APP_STARTED) as started:
        wait_for_health(started, "healthy")
        started.wait_for_log("GET /docs HTTP/1.1")
        worker = started.processes()[1].pid
        started.exec("sh", "-c", f"kill -STOP {worker}")
        wait_for_health(started, "unhealthy")
        assert check(started).said.startswith("healthcheck: 0.0.0.0:80/docs: no answer within 5 seconds")
        started.exec("sh", "-c", f"kill -CONT {worker}")
        wait_for_health(started, "healthy")


@pytest.mark.variables
def test_status(image: Image, tmp_path: Path) -> None:
    options = [app_folder(tmp_path / "app", {"main.py": APP})]
    with container(image.name, options=options, ready=APP_STARTED) as started:
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
