"""gunicorn_conf.py, run with made-up variables and on made-up machines."""

import contextlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

CONF = Path(__file__).parents[2] / "runtime/gunicorn_conf.py"
CODE = compile(CONF.read_text(), CONF, "exec")

DEFAULTS = {
    "loglevel": "info",
    "workers": 2,
    "bind": "0.0.0.0:80",
    "graceful_timeout": 120,
    "timeout": 120,
    "keepalive": 2,
    "errorlog": "-",
    "accesslog": "-",
    "workers_per_core": 1.0,
    "use_max_workers": None,
    "host": "0.0.0.0",
    "port": "80",
}


@dataclass(frozen=True)
class Outcome:
    """How a run ended: what it printed, its exit status, and the names that it defined if it ended well."""

    status: int
    stdout: str
    stderr: str
    names: Mapping[str, Any]


def run(env: Mapping[str, str], cores: int = 1) -> Outcome:
    """Run it as `python /gunicorn_conf.py` does, on so many CPU cores and with no other variable.

    What it raises other than SystemExit comes through.
    """
    status = 0
    names: dict[str, Any] = {"__name__": "__main__"}
    with (
        mock.patch.dict(os.environ, env, clear=True),
        mock.patch("os.sched_getaffinity", lambda _: set(range(cores))),
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
    ):
        try:
            exec(CODE, names)
        except SystemExit as end:
            assert isinstance(end.code, int)
            status = end.code
    return Outcome(status, stdout.getvalue(), stderr.getvalue(), names)


def settings(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings that it prints. Raises AssertionError if it finds anything wrong."""
    done = run(env)
    assert (done.status, done.stderr) == (0, "")
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def cpu_count(cgroups: Path, mount: Path, affinity: int, names: Mapping[str, Any] = run({}).names) -> int:
    """What its cpu_count() gives for a /proc/self/cgroup and a /sys/fs/cgroup made up, and so many cores to run on."""
    names["cpu_quotas"].__defaults__ = (str(cgroups), str(mount))
    with mock.patch("os.sched_getaffinity", lambda _: set(range(affinity))):
        return int(names["cpu_count"]())
