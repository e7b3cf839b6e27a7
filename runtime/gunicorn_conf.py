"""Gunicorn's settings, read from environment variables.

/start.sh uses this file unless the app brings its own, for which a copy of this one is a good start.
`python /gunicorn_conf.py` checks the variables and prints the settings as JSON.

An empty variable counts as unset, except that an empty ACCESS_LOG or ERROR_LOG turns that log off.
Each wrong value gives a line on stderr that says what is allowed. Then the exit status is 64 (EX_USAGE).
"""

from __future__ import annotations

import ipaddress
import json
import math
import os
import re
import shlex
import stat
import sys

# Type checkers take this for True. At run time, typing would take longer to import than anything else here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    Default = TypeVar("Default")
    Value = TypeVar("Value")

MOST = 2**31 - 1
# Other names of levels, of Python's and Uvicorn's loggers. Gunicorn itself takes notset for info.
LEVELS = {"trace": "debug", "notset": "info", "warn": "warning", "fatal": "critical"}
wrong: list[str] = []
fifos: list[object] = []


def read(
    name: str, default: Default, convert: Callable[[str], Value], allowed: Callable[[Value], object], what: str
) -> Value | Default:
    """The converted value of a variable, or the default if it is unset or empty.

    A value is wrong if `convert` raises an exception, or if `allowed` does or returns something false. Then a line is
    added to `wrong`, in which `what` describes the values that are allowed.
    """
    value = os.environ.get(name)
    if not value:
        return default
    try:
        converted = convert(value)
        if allowed(converted):
            return converted
    except Exception:
        pass
    wrong.append(f"{name}: {json.dumps(value)} is not {what}{left_over(value)}")
    return default


def left_over(value: str) -> str:
    """What an env file has left in a value that does not belong there, as the end of a message; often nothing."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" and value[0] not in value[1:-1]:
        return "; the quotes are part of the value: leave them out in the env file"
    if value.endswith("\r"):
        return "; it ends with a carriage return (CR): save the env file with LF line ends"
    return ""


def whole_number(name: str, default: Default, lowest: int = 0, highest: int = MOST) -> int | Default:
    what = f"a whole number from {lowest} to {highest}"
    return read(name, default, int, lambda number: lowest <= number <= highest, what)


def choice(name: str, default: str, choices: tuple[str, ...], others: dict[str, str]) -> str:
    def convert(value: str) -> str:
        return others.get(value.lower(), value.lower())

    return read(name, default, convert, choices.__contains__, "one of " + ", ".join(choices))


def cpu_quotas(cgroups: str = "/proc/self/cgroup", mount: str = "/sys/fs/cgroup") -> Iterator[float]:
    """Yield the number of CPU cores that a quota allows, for each cgroup (v1 or v2) of this process that has one."""
    try:
        with open(cgroups) as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        files: tuple[str, ...]
        if not controllers:  # v2
            top, files = mount, ("cpu.max",)
        elif "cpu" in controllers.split(","):
            top, files = f"{mount}/cpu", ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        else:
            continue
        parts = path.split("/")
        for depth in range(len(parts)):
            folder = "/".join([top, *parts[1 : depth + 1]])
            words: list[str] = []
            try:
                for name in files:
                    with open(f"{folder}/{name}") as file:
                        words += file.read().split()
                quota, period = map(int, words)
            except (OSError, ValueError):  # the container does not see this cgroup, or it has no quota ("max")
                continue
            if quota > 0 < period:
                yield quota / period


def cpu_count() -> int:
    """The number of CPU cores that this container may use: those that it may run on, or its quota rounded up."""
    return min([len(os.sched_getaffinity(0)), *map(math.ceil, cpu_quotas())])


def without_brackets(host: str) -> str:
    return host[1:-1] if host[0] == "[" and host[-1] == "]" and ":" in host else host


def is_host(value: str) -> bool:
    if ":" in value:
        return bool(ipaddress.IPv6Address(value.partition("%")[0]))
    return bool(re.fullmatch(r"[\w-]{1,63}(\.[\w-]{1,63})*\.?", value, re.ASCII))


def is_address(value: str) -> bool:
    if value.startswith("unix:"):
        path = re.sub("^unix:(//)?", "", value)
        return bool(path) and (not os.path.exists(path) or stat.S_ISSOCK(os.stat(path).st_mode))
    match = re.fullmatch(r"(?:tcp://)?(?:\[(.+:.+|::)\]|([^:\[\]]*))(?::(\d+))?", value, re.ASCII)
    address, host, port = match.groups() if match else (None, None, None)
    return bool(match) and is_host(address or host or "any") and int(port or 0) <= 65535


def is_log(path: str) -> bool:
    """Whether Gunicorn can append to this file. Raises OSError if it can't.

    Gunicorn would wait for ever to open a FIFO that nobody reads.
    """
    if path == "-":
        return True
    if not os.path.exists(path):
        return path[-1] != "/" and os.access(os.path.dirname(os.path.realpath(path)), os.W_OK | os.X_OK)
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY), "wb", 0)
    if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
        fifos.append(file)  # if it were closed before Gunicorn opens it, its reader would take that for the end
    else:
        file.close()
    return True


def is_quoted_whole(arguments: str) -> bool:
    """Whether a command line of several words has quotes around all of it, which make it a single word."""
    return bool(left_over(arguments) and re.search(r"^.--[\w-]+\s+[^\s'\"]|\s--?[a-zA-Z]", arguments))


def proxies(value: str) -> list[object]:
    """The addresses and networks in a list with commas, without "*", which stands for all. Raises ValueError."""
    # Gunicorn 23, the last one for Python 3.9, takes only addresses.
    convert: Callable[[str], object]
    convert = ipaddress.ip_network if sys.version_info >= (3, 10) else ipaddress.ip_address
    parts = [part.strip() for part in value.split(",") if part]
    return [convert(part) for part in parts or [""] if part != "*"]


# How many processes: WEB_CONCURRENCY if it is set. Otherwise WORKERS_PER_CORE times the CPU cores that this container
# may use, but at least 2, and at most MAX_WORKERS (0: no limit).
workers_per_core = read("WORKERS_PER_CORE", 1.0, float, lambda number: 0 < number < math.inf, "a number greater than 0")
use_max_workers = whole_number("MAX_WORKERS", None)
workers = whole_number("WEB_CONCURRENCY", None, lowest=1)
if workers is None:
    workers = max(int(min(workers_per_core * cpu_count(), MOST)), 2)
    workers = min(workers, use_max_workers or workers)

# A worker is replaced after this many requests (0: never), plus a random number from 0 to the jitter.
max_requests = whole_number("GUNICORN_MAX_REQUESTS", 0)
max_requests_jitter = whole_number("GUNICORN_MAX_REQUESTS_JITTER", 0)

# Where to listen: BIND if it is set, otherwise HOST and PORT, which the app may use for something else if BIND is set.
host, port = os.environ.get("HOST") or "0.0.0.0", os.environ.get("PORT") or "80"
bind = read("BIND", "", str, is_address, "HOST:PORT or unix:PATH")
if not bind:
    host = read("HOST", "0.0.0.0", without_brackets, is_host, "an IP address or a host name")
    port = str(whole_number("PORT", 80, 1, 65535))
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

# Behind a proxy: the path under which the proxy serves the app. Gunicorn itself reads which proxies to trust, so that
# is only checked here.
is_root_path = re.compile(r"(/[^\s/?#]+)+", re.ASCII).fullmatch
root_path = read("UVICORN_ROOT_PATH", "", str, is_root_path, "a path such as /api, without / at its end")
read("FORWARDED_ALLOW_IPS", None, proxies, lambda _: True, "a list of IP addresses with commas, or *")

# What to log, and to which file: "-" is stdout for the access log, stderr for the error log.
loglevel = choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error", "critical"), LEVELS)
log_format = choice("GUNICORN_LOG_FORMAT", "text", ("text", "json"), {})
accesslog = os.environ.get("ACCESS_LOG", "-") or None
errorlog = os.environ.get("ERROR_LOG", "-") or None

# Seconds, after which a worker that hangs is killed, a stopping worker must have finished its requests, and an idle
# connection is closed.
timeout = whole_number("TIMEOUT", 120)
graceful_timeout = whole_number("GRACEFUL_TIMEOUT", 120)
keepalive = whole_number("KEEP_ALIVE", 2)

# Seconds that the head of a request may take, from the connection or the response before on (0: no limit). The hooks
# read this themselves, so it is only checked here.
whole_number("UVICORN_TIMEOUT_HEAD", 0)

# A worker keeps touching a file, to show that it does not hang. In memory, no slow disk can hold it up.
worker_tmp_dir = "/dev/shm"

# Gunicorn would make its control socket in the home folder, which may not exist or be read-only.
control_socket_disable = True

# These are only checked here. The start scripts, the hooks, Gunicorn and /usr/local/bin/healthcheck read them.
read("GUNICORN_CONF", None, str, lambda conf: conf.startswith(("file:", "python:")) or os.path.isfile(conf), "a file")
read("GUNICORN_CMD_ARGS", None, shlex.split, lambda _: True, "a command line: a quote is not closed")
read("GUNICORN_CMD_ARGS", None, str, lambda value: not is_quoted_whole(value), "a command line")
read("HEALTHCHECK_PATH", None, str, re.compile(r"/[!-~]*").fullmatch, "a path that begins with /")
for name in ("APP_MODULE", "MODULE_NAME", "VARIABLE_NAME", "PRE_START_PATH", "WORKER_CLASS", "ACCESS_LOG", "ERROR_LOG"):
    read(name, None, str, lambda value: not left_over(value), "a name or a path")
read("PROMETHEUS_MULTIPROC_DIR", None, str, lambda value: not left_over(value), "a folder")

if __name__ != "__main__":
    import importlib.util

    from gunicorn.util import load_class
    from gunicorn.workers.base import Worker

    # The images have a package of hooks for what settings cannot do; it says what each does, and when. A copy of this
    # file works without it.
    if importlib.util.find_spec("image_hooks"):
        from image_hooks import hooks

        globals().update(hooks.settings(root_path, log_format))

    what = "a worker class that can be imported"
    read("WORKER_CLASS", None, load_class, lambda found: issubclass(found, Worker), what)

    # Checked only now, since the prestart script may have made them.
    for name in ("ACCESS_LOG", "ERROR_LOG"):
        read(name, None, str, is_log, "a file that can be written, or a FIFO that somebody reads")

if wrong:
    try:
        print("\n".join(wrong), file=sys.stderr, flush=True)
    except OSError:
        os._exit(64)  # stderr is closed or full; Python's own end would give another status
    sys.exit(64)

if __name__ == "__main__":
    shown = (
        "loglevel workers bind graceful_timeout timeout keepalive errorlog accesslog"
        " workers_per_core use_max_workers host port"
    )
    try:
        print(json.dumps({name: globals()[name] for name in shown.split()}), flush=True)
    except OSError as error:
        print(f"gunicorn_conf.py: stdout: {error.strerror}", file=sys.stderr)
        os._exit(74)
