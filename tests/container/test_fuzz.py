"""Any values of the variables: the container serves, or ends with a message, and never with a traceback."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from containers import START_SECONDS, Container, Image, container

EXAMPLES = 25

RIGHT = {
    "MODULE_NAME": ["main"],
    "VARIABLE_NAME": ["app"],
    "APP_MODULE": ["main:app"],
    "GUNICORN_CONF": ["/gunicorn_conf.py"],
    "PRE_START_PATH": ["/app/prestart.sh", "/nowhere.sh"],
    "WORKERS_PER_CORE": ["1", "0.5"],
    "MAX_WORKERS": ["2", "1", "0"],
    "WEB_CONCURRENCY": ["1", "2"],
    "HOST": ["0.0.0.0", "127.0.0.1", "localhost"],
    "PORT": ["80", "8080"],
    "BIND": ["127.0.0.1:8000", "unix:/tmp/app.sock", "127.0.0.1:8001"],
    "UVICORN_ROOT_PATH": ["/api"],
    "FORWARDED_ALLOW_IPS": ["*", "127.0.0.1, ::1"],
    "WORKER_CLASS": ["uvicorn.workers.UvicornWorker", "uvicorn.workers.UvicornH11Worker"],
    "LOG_LEVEL": ["info", "debug", "warning", "error", "critical"],
    "GUNICORN_LOG_FORMAT": ["text", "json"],
    "ACCESS_LOG": ["-", "/tmp/access.log"],
    "ERROR_LOG": ["-", "/tmp/error.log"],
    "TIMEOUT": ["30", "0"],
    "GRACEFUL_TIMEOUT": ["1", "0"],
    "KEEP_ALIVE": ["5", "0"],
    "GUNICORN_MAX_REQUESTS": ["1000", "0"],
    "GUNICORN_MAX_REQUESTS_JITTER": ["10", "0"],
    "GUNICORN_CMD_ARGS": ["--limit-request-line=1000", "--name 'my app' --workers 2"],
    "HEALTHCHECK_PATH": ["/health"],
}
# Each is right for some variable, or nearly so.
NEAR = [
    "0",
    "1",
    "-1",
    "1.5",
    "1e3",
    "1e-3",
    "nan",
    "inf",
    "0x1",
    "\N{FULLWIDTH DIGIT TWO}",
    "65536",
    "*",
    "/",
    "//",
    ".",
    "..",
    ":",
    ",",
    "'",
    "--",
    "-x",
    "/tmp",
    "/proc/none",
    "/nowhere/log",
    "web",
    "a..b",
    ".a",
    "::1",
    "[::1]",
    "[a]",
    "a:b",
    "a:b:c",
    ":80",
    "web:",
    "1.2.3",
    "10.0.0.0/8",
    "10.0.0.1/8",
    "unix:",
    "unix:/tmp",
    "unix:/proc/a",
    "fd://99",
    "tcp://web",
    "http://web:80",
    "main",
    "main.app",
    "main:application",
    "main:app()",
    "main:app(x)",
    "a.b.c:d",
    ".a:b",
    "..:app",
    "app.py:app",
    "main:1",
    "uvicorn.workers",
    "uvicorn.workers.Missing",
    "json.dumps",
    "gevent",
    "egg:a#b",
    "INFO",
    "loud",
    "$(false)",
    "%s",
    "%(x)s",
    "{}",
    "\\n",
    "é",
]

anything = st.text(st.characters(exclude_categories=["C"], codec="utf-8"), max_size=20)
any_values = st.one_of(st.sampled_from(NEAR), anything)
environments = st.builds(
    lambda right, other: {**right, **other},
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in RIGHT.items()}),
    st.dictionaries(st.sampled_from(list(RIGHT)), any_values, max_size=3),
)


@pytest.fixture(scope="module")
def idle(image: Image) -> Iterator[Container]:
    """A container in which nothing listens. It has no network, so that names of hosts are unknown at once."""
    command = ["sh", "-c", "echo idle; exec sleep 3600"]
    with container(image.name, {"WEB_CONCURRENCY": None}, ["--network=none"], command, ready="idle") as started:
        yield started


@settings(max_examples=EXAMPLES, phases=[Phase.explicit, Phase.generate])
@given(env=environments)
@example(env={"WORKER_CLASS": "uvicorn.workers.Missing"})
@example(env={"WORKER_CLASS": "main.app"})
@example(env={"HOST": "é..b"})
@example(env={"BIND": "unix:/tmp"})
@example(env={"BIND": "fd://99"})
@example(env={"GUNICORN_CONF": "/tmp"})
@example(env={"APP_MODULE": "main:app()"})
def test_serves_or_ends_with_a_message(idle: Container, env: dict[str, str]) -> None:
    outcome = idle.run_inside("start_once.py", json.dumps(env), str(START_SECONDS), user="")
    assert outcome["served"] or outcome["status"], outcome
    assert "Traceback" not in outcome["stderr"] + outcome["stdout"]
    # Gunicorn reports a socket that it cannot open in its error log, at the level error: not always on stderr, then.
    heard = "ERROR_LOG" not in env and env.get("LOG_LEVEL") != "critical"
    assert outcome["served"] or outcome["stderr"] or not heard
