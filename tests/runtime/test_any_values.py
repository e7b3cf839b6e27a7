"""gunicorn_conf.py with any values of its variables: settings that make sense, or a line for each wrong one."""

import json
import math
import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gunicorn_settings import Outcome, run

MOST = 2**31 - 1

numbers = st.one_of(st.integers(-2, 70_000), st.integers(), st.floats(), st.decimals()).map(str)
addresses = st.one_of(st.ip_addresses().map(str), st.sampled_from(["web", "*", "[::1]", "10.0.0.0/8", "10.0.0.1/8"]))
places = st.tuples(addresses, st.sampled_from([":", "", "/", ","]), numbers).map("".join)
words = st.sampled_from(
    [
        "debug",
        "INFO",
        "Warning",
        "json",
        "TEXT",
        "unix:",
        "unix:/a",
        "fd://3",
        "tcp://web:80",
        "/",
        "/api",
        "/api/",
        "//",
        "'",
        '"',
        "--workers=2",
        "-x",
    ]
)
# An environment holds bytes, which need not be text.
others = st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.binary().map(os.fsdecode))
values = st.one_of(numbers, addresses, places, words, others).filter(lambda value: "\0" not in value)
near_values = st.tuples(values, st.sampled_from(["", " ", "\n", ",", "_", "0"]), values).map("".join)

NUMBERS = {
    "WEB_CONCURRENCY": "workers",
    "MAX_WORKERS": "use_max_workers",
    "GUNICORN_MAX_REQUESTS": "max_requests",
    "GUNICORN_MAX_REQUESTS_JITTER": "max_requests_jitter",
    "TIMEOUT": "timeout",
    "KEEP_ALIVE": "keepalive",
    "GRACEFUL_TIMEOUT": "graceful_timeout",
}
TEXTS = [
    "WORKERS_PER_CORE",
    "HOST",
    "PORT",
    "BIND",
    "UVICORN_ROOT_PATH",
    "FORWARDED_ALLOW_IPS",
    "LOG_LEVEL",
    "GUNICORN_LOG_FORMAT",
    "ACCESS_LOG",
    "ERROR_LOG",
    "GUNICORN_CONF",
    "GUNICORN_CMD_ARGS",
    "HEALTHCHECK_PATH",
    "UVICORN_TIMEOUT_HEAD",
    "WORKER_CLASS",
]

environments = st.dictionaries(st.sampled_from([*NUMBERS, *TEXTS]), st.one_of(values, near_values), max_size=6)


def judged(name: str, value: str) -> set[str]:
    """The lines that this variable alone gives: one if its value is wrong, or else none."""
    done = run({name: value})
    lines = done.stderr.splitlines()
    assert len(lines) == (done.status != 0)
    for line in lines:
        assert line.startswith(f"{name}: {json.dumps(value)} is not ")
    return set(lines)


def is_read(name: str, env: dict[str, str]) -> bool:
    """Whether the variable has a meaning: beside a right BIND, HOST and PORT may be the app's own."""
    bind = env.get("BIND")
    return name not in ("HOST", "PORT") or not bind or bool(judged("BIND", bind))


def check(done: Outcome, env: dict[str, str]) -> None:
    """That the settings make sense, of a run that found nothing wrong."""
    shown = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1 and done.stderr == ""
    assert all(done.names[name] == value for name, value in shown.items())
    assert 1 <= shown["workers"] <= MOST
    assert 0 < shown["workers_per_core"] < math.inf
    for name in ("timeout", "graceful_timeout", "keepalive"):
        assert 0 <= shown[name] <= MOST
    assert not is_read("PORT", env) or (1 <= int(shown["port"]) <= 65535 and shown["port"].isascii())
    assert shown["loglevel"] in ("debug", "info", "warning", "error", "critical")
    assert shown["bind"] and "\n" not in shown["bind"]


@pytest.mark.fuzz
@given(environments, st.integers(1, 256))
@example({"WORKERS_PER_CORE": "1.7e308"}, 2)
@example({"WORKERS_PER_CORE": "1e300"}, 1)
def test_sane_settings_or_a_line_for_each_wrong_value(env: dict[str, str], cores: int) -> None:
    done = run(env, cores)
    wrong = set().union(*(judged(name, value) for name, value in env.items() if is_read(name, env)))
    assert done.status == (64 if wrong else 0)
    if wrong:
        assert done.stdout == ""
        assert sorted(done.stderr.splitlines()) == sorted(wrong)
    else:
        check(done, env)


@given(st.sampled_from(list(NUMBERS)), st.integers(1, MOST))
def test_numbers_are_taken_as_they_are(name: str, number: int) -> None:
    assert run({name: str(number)}).names[NUMBERS[name]] == number


@given(st.lists(st.ip_addresses().map(str), min_size=1), st.sampled_from([",", ", "]))
def test_any_addresses_of_proxies_are_right(proxies: list[str], comma: str) -> None:
    assert run({"FORWARDED_ALLOW_IPS": comma.join(proxies)}).status == 0


@given(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), st.integers(1, 65535))
def test_any_address_can_be_listened_on(four: str, six: str, port: int) -> None:
    for host, bind in ((four, f"{four}:{port}"), (six, f"[{six}]:{port}")):
        assert run({"BIND": bind}).names["bind"] == bind
        assert run({"HOST": host, "PORT": str(port)}).names["bind"] == bind
