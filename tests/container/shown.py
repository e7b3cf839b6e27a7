"""What a running container shows of its settings: its processes, sockets, logs and answers."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

import requests

from containers import Container, Process, app_that_answers

LOG_FILE = "/tmp/file.log"

# An app's answer: its module, the module of the protocol that serves it, what prestart exported, its path at a proxy.
TELLING_APP = """{
    "module": __name__,
    "protocol": request.receive.__module__,
    "greeting": os.environ.get("GREETING"),
    "root_path": request.scope["root_path"],
}"""


@dataclass(frozen=True)
class Shown:
    """What a container shows, or should show.

    command                of its first process, the words after "gunicorn"
    workers                how many there are
    listening              HOST:PORT, or the path of a Unix socket
    access_log, error_log  where the log is: LOG_FILE, "-" for the container's own log, or None
    prestart               the script that the start messages name
    settings               of Gunicorn, as it logs them at the level debug
    answer                 of a telling app (telling_apps)
    """

    command: str
    workers: int
    listening: list[str]
    access_log: str | None = "-"
    error_log: str | None = "-"
    prestart: str = "/app/prestart.sh"
    settings: dict[str, str] = field(default_factory=dict)
    answer: dict[str, str | None] | None = None


def telling_apps() -> dict[str, str]:
    """Three apps that tell which they are. In custom_app/custom_main.py, the variable is `api`."""
    return {
        "main.py": app_that_answers(TELLING_APP),
        "app/main.py": app_that_answers(TELLING_APP),
        "custom_app/custom_main.py": app_that_answers(TELLING_APP, variable="api"),
    }


def configuration(log: str) -> dict[str, str]:
    """The settings in effect, which Gunicorn logs when it starts at the level debug."""
    listing = re.findall(r"^  (\w+): (.*)$", log.partition("Current configuration:\n")[2], re.MULTILINE)
    return dict(listing)


def logs_by_place(started: Container) -> dict[str, str]:
    """What the container's own log, "-", and LOG_FILE hold."""
    return {"-": started.logs(), LOG_FILE: started.exec("sh", "-c", f"cat {LOG_FILE} 2>/dev/null || true")}


def place(text: str, logs: dict[str, str]) -> str | None:
    """The name of the log that holds the text, or of several, with commas between them; None if no log holds it."""
    return ",".join(name for name, log in logs.items() if text in log) or None


def shown(started: Container, settings: Iterable[str], access_log: str | None = "-") -> Shown:
    """What it shows, with these settings of Gunicorn, which must log at the level debug.

    Waits until all workers run and, if there should be an access log, for its line about a request.
    """
    request = uuid.uuid4().hex
    answer = started.get(f"/?{request}")
    logs = logs_by_place(started)
    if access_log and not place(request, logs):
        started.wait_until(lambda: place(request, logs_by_place(started)) is not None, "an access log line")
        logs = logs_by_place(started)
    in_effect = configuration("".join(logs.values()))
    master, *workers = processes(started, 1 + int(in_effect["workers"]))
    script = re.search(r"^(?:Running|There is no) script (.*)$", logs["-"], re.MULTILINE)
    return Shown(
        command=master.command.partition("/gunicorn ")[2],
        workers=len(workers),
        listening=started.listening(),
        access_log=place(request, logs),
        error_log=place("Starting gunicorn", logs),
        prestart=script[1] if script else "",
        settings={name: in_effect[name] for name in settings},
        answer=telling(answer),
    )


def processes(started: Container, number: int) -> list[Process]:
    """Its processes, once there are at least so many."""
    found: list[Process] = []

    def all_started() -> bool:
        found[:] = started.processes()
        return len(found) >= number

    started.wait_until(all_started, f"starting {number} processes")
    return found


def telling(response: requests.Response) -> dict[str, str | None] | None:
    """The answer of a telling app; None for that of another."""
    answer = response.json()
    return answer if "protocol" in answer else None


def forget_log_file(started: Container) -> None:
    """Remove LOG_FILE, so that only what the next start writes counts."""
    started.exec("rm", "-f", LOG_FILE)
