"""The access log as text: Uvicorn's lines, in the order of the responses, whatever the app does to its logger."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gunicorn_server import Server, get, run_python, serving

pytestmark = pytest.mark.slow

LINE = re.compile(r'127\.0\.0\.1:\d+ - "GET (\S+) HTTP/1\.1" (\d+)')


APP = """\
import logging

made = []

init = logging.LogRecord.__init__

def init_and_count(self, *args, **kwargs):
    init(self, *args, **kwargs)
    made.append(self.name)

logging.LogRecord.__init__ = init_and_count

async def records(scope):
    return made.count("uvicorn.access")

async def say(scope):
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "too few")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("text"), APP) as server:
        yield server


def check_lines(server: Server) -> None:
    """That each request has its line by the time that its response has come."""
    connection = server.connect()
    for path in ["/ready", "/ready?a=b%20c&d=%25", "/nowhere%C3%A9%22", "/ready"]:
        before = server.stdout.splitlines()
        get(connection, path)
        *same, line = server.stdout.splitlines()
        found = LINE.fullmatch(line)
        assert same == before
        assert found and found.groups() == (path, "200" if "ready" in path else "404")


def test_line_of_a_request_is_there_when_its_response_comes(server: Server) -> None:
    check_lines(server)


def test_a_line_makes_no_record(server: Server) -> None:
    """Records are what the lines of Uvicorn's own logger cost."""
    made = server.get("/records")
    server.get("/ready")
    assert server.get("/records") == made


def test_line_that_cannot_be_made_is_reported_as_by_any_logger(server: Server) -> None:
    server.get("/say")
    assert '"GET /say HTTP/1.1" 200' in server.stdout.splitlines()[-1]
    server.wait_for_error_log("TypeError: not enough arguments for format string")


def test_line_is_there_when_stdout_is_buffered(tmp_path: Path) -> None:
    with serving(tmp_path, env={"PYTHONUNBUFFERED": ""}) as server:
        server.get("/ready")
        check_lines(server)


def test_log_in_a_file(tmp_path: Path) -> None:
    with serving(tmp_path, env={"ACCESS_LOG": str(tmp_path / "access.log")}) as server:
        server.get("/ready?filed")
        assert server.stdout == ""
        assert '"GET /ready?filed HTTP/1.1" 200' in (tmp_path / "access.log").read_text()


FORMATTER_OF_THE_APP = """\
import logging

class Mine(logging.Formatter):
    def format(self, record):
        return f"mine: {super().format(record)}"

(handler,) = logging.getLogger("uvicorn.access").handlers
handler.setFormatter(Mine())
"""

LOG_CONFIG = """\
[loggers]
keys = root, access
[handlers]
keys = stdout
[formatters]
keys = mine
[logger_root]
handlers =
[logger_access]
qualname = gunicorn.access
propagate = 0
handlers = stdout
[handler_stdout]
class = StreamHandler
args = (sys.stdout,)
formatter = mine
[formatter_mine]
format = mine: %(message)s
"""


@pytest.mark.parametrize(
    "app, options", [(FORMATTER_OF_THE_APP, []), ("", ["--log-config", "log.conf"])], ids=["of the app", "of a file"]
)
def test_format_is_used_that_was_there_first(tmp_path: Path, app: str, options: list[str]) -> None:
    with serving(tmp_path, app, files={"log.conf": LOG_CONFIG}, options=options) as server:
        server.get("/ready")
        (line,) = server.stdout.splitlines()
    assert re.fullmatch(f"mine: {LINE.pattern}", line)


def logged(hook: str) -> list[dict[str, str]]:
    """What the program logs on stdout, and on stderr, by the name of the change."""
    done = run_python(str(Path(__file__).with_name("access_log_changes.py")), hook)
    parts = [re.split("^# (.+)\n", stream, flags=re.MULTILINE) for stream in (done.stdout, done.stderr)]
    return [dict(zip(part[1::2], part[2::2], strict=True)) for part in parts]


def test_changes_of_the_app_have_the_effect_that_they_have_without_the_hook() -> None:
    ours, plain = logged("hook"), logged("plain")
    assert ours == plain
    assert len(set(ours[0].values())) > 5  # the changes do have effects
