"""Gunicorn's settings, read from environment variables.

/start.sh uses this file unless the app brings its own; a copy of it is a good start for yours.
`python /gunicorn_conf.py` prints the settings as JSON.

An empty variable counts as unset, but an empty ACCESS_LOG or ERROR_LOG means no such log.
"""

import json
import math
import os
from typing import Callable, NoReturn, Optional


def text(name: str, default: str) -> str:
    return os.environ.get(name) or default


def refuse(name: str, allowed: str) -> NoReturn:
    raise SystemExit(f"gunicorn_conf: {name}={os.environ[name]!r}: must be {allowed}")


def number(
    name: str,
    default: Optional[float],
    lowest: int,
    highest: Optional[int] = None,
    convert: Callable[[str], float] = int,
):
    if not os.environ.get(name):
        return default
    try:
        value = convert(os.environ[name])
    except ValueError:
        value = math.nan  # lies between no two limits
    if lowest <= value <= (highest or math.inf):
        return value
    kind = "a whole number" if convert is int else "a number"
    limits = f"from {lowest} to {highest}" if highest else f"not below {lowest}"
    refuse(name, f"{kind} {limits}")


# How many processes: WEB_CONCURRENCY, or WORKERS_PER_CORE times the CPU cores that this
# container may use, at least 2, at most MAX_WORKERS (0: no limit).
workers_per_core = number("WORKERS_PER_CORE", 1.0, 0, 1000, float)
use_max_workers = number("MAX_WORKERS", None, 0)
workers = number("WEB_CONCURRENCY", None, 1)
if workers is None:
    workers = max(int(workers_per_core * len(os.sched_getaffinity(0))), 2)
    workers = min(workers, use_max_workers or workers)

# Where to listen: BIND, or HOST and PORT.
host = text("HOST", "0.0.0.0")
port = str(number("PORT", 80, 1, 65535))
bind = text("BIND", f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

# What to log, and where: "-" is stdout for the access log, stderr for the error log.
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
loglevel = text("LOG_LEVEL", "info").lower()
if loglevel not in LOG_LEVELS:
    refuse("LOG_LEVEL", "one of " + ", ".join(LOG_LEVELS))
accesslog = os.environ.get("ACCESS_LOG", "-") or None
errorlog = os.environ.get("ERROR_LOG", "-") or None

# Seconds: a silent worker's life, a stopping worker's time to finish, an idle connection's life.
timeout = number("TIMEOUT", 120, 0)
graceful_timeout = number("GRACEFUL_TIMEOUT", 120, 0)
keepalive = number("KEEP_ALIVE", 2, 0)

# A worker shows that it lives through a file: in memory, where no slow disk can hold it up.
worker_tmp_dir = "/dev/shm"

# No management socket: it would need a home folder that can be written to.
control_socket_disable = True

if __name__ == "__main__":
    shown = (
        "loglevel workers bind graceful_timeout timeout keepalive errorlog accesslog"
        " workers_per_core use_max_workers host port"
    )
    print(json.dumps({name: globals()[name] for name in shown.split()}))
