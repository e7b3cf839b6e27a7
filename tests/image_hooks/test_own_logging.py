"""Logging that an app or a user configures is theirs, in both formats of the images."""

import json
import re
from pathlib import Path

import pytest

from gunicorn_server import CONF, Server, serving

pytestmark = pytest.mark.slow

LINE = r'127\.0\.0\.1:\d+ - "GET /ready HTTP/1\.1" 200'

# As loguru's documentation has it.
INTERCEPTING = """\
import logging

class Intercepting(logging.Handler):
    def emit(self, record):
        print("mine:", record.getMessage(), flush=True)

logging.getLogger("uvicorn.access").handlers = [Intercepting()]
"""

ROTATING = """\
import logging, logging.handlers

handler = logging.handlers.TimedRotatingFileHandler("rotated", delay=True)
handler.setFormatter(logging.Formatter("mine: %(message)s"))
logging.getLogger("uvicorn.access").handlers = [handler]
"""

DICT = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"mine": {"format": "mine: %(message)s"}},
    "handlers": {"mine": {"class": "logging.StreamHandler", "formatter": "mine", "stream": "ext://sys.stdout"}},
    "loggers": {"uvicorn.access": {"handlers": ["mine"], "level": "INFO", "propagate": False}},
}
# For Gunicorn's own settings: Uvicorn's access log goes where Gunicorn's does.
DICT_OF_GUNICORN = {
    **DICT,
    "root": {"handlers": ["mine"]},
    "loggers": {"gunicorn.access": {"handlers": ["mine"], "level": "INFO", "propagate": False}},
}

SET_FORMATTER = """\
import logging

logging.getLogger("uvicorn.access").handlers[0].setFormatter(logging.Formatter("mine: %(message)s"))
"""

FILTER = """\
import logging

def mine(record):
    record.msg = "mine: " + record.msg
    return True

logging.getLogger("uvicorn.access").addFilter(mine)
"""

FACTORY = """\
import logging

class Mine(logging.LogRecord):
    def getMessage(self):
        return "mine: " + super().getMessage()

logging.setLogRecordFactory(Mine)
"""

# As Sentry does, to see all records.
PATCH = """\
import logging

call = logging.Logger.callHandlers

def mine(self, record):
    record.msg = "mine: " + str(record.msg)
    return call(self, record)

logging.Logger.callHandlers = mine
"""

LOGGER_CLASS = """\
from gunicorn.glogging import Logger

class Mine(Logger):
    access_fmt = "mine: %(message)s"
"""

APPS = {
    "handler": INTERCEPTING,
    "file that rotates": ROTATING,
    "dictConfig": f"import logging.config\n\nlogging.config.dictConfig({DICT!r})\n",
    "setFormatter": SET_FORMATTER,
}
# These change the message, which is within JSON then.
APPS_OF_TEXT = {"filter": FILTER, "record factory": FACTORY, "patch": PATCH}


def check_line(server: Server) -> None:
    """That the access log has the form of the user's, wherever it is."""
    assert server.get("/ready") == "ready"
    rotated = server.folder / "rotated"
    (line,) = (rotated.read_text() if rotated.exists() else server.stdout).splitlines()
    assert re.fullmatch(f"mine: {LINE}", line)
    assert "Traceback" not in server.stderr and "is left out" not in server.stderr


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
def test_configured_by_the_app(tmp_path: Path, app: str, log_format: str) -> None:
    with serving(tmp_path, app, {"GUNICORN_LOG_FORMAT": log_format}) as server:
        check_line(server)


@pytest.mark.parametrize("app", APPS_OF_TEXT.values(), ids=APPS_OF_TEXT)
def test_message_changed_by_the_app(tmp_path: Path, app: str) -> None:
    with serving(tmp_path, app) as server:
        check_line(server)


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("option", ["--log-config-json=log.json", "--config=log.py", "--logger-class=mine.Mine"])
def test_configured_by_settings_of_gunicorn(tmp_path: Path, option: str, log_format: str) -> None:

    files = {
        "log.json": json.dumps(DICT_OF_GUNICORN),
        "log.py": f"exec(open({str(CONF)!r}).read())\nlogconfig_dict = {DICT_OF_GUNICORN!r}\n",
        "mine.py": LOGGER_CLASS,
    }
    env = {"GUNICORN_LOG_FORMAT": log_format, "GUNICORN_CMD_ARGS": option}
    conf = "log.py" if option.startswith("--config") else CONF
    with serving(tmp_path, env=env, files=files, conf=conf) as server:
        check_line(server)
