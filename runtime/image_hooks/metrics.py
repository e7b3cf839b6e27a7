"""Metrics of all workers: what prometheus_client needs of a server with several processes.

With PROMETHEUS_MULTIPROC_DIR set, each process of an app that has prometheus_client keeps its metrics in files of that
folder, and whichever worker is asked for them adds them up. So the folder has to be there, without the files of an
earlier run, and a worker that has ended has to be taken out of the gauges of those that live. Where prometheus_client
is not installed, the variable has no effect.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from typing import Any

# Gunicorn reads its configuration again at SIGHUP, when the folder has files of workers that serve.
prepared = False


def child_exit() -> Any:
    """Gunicorn's setting of this name, once the folder is ready; None without prometheus_client.

    This is called before anything of the app is imported, in a preloading master, too.
    """
    global prepared
    try:
        # Not only when a worker has ended: the master is then in a signal handler.
        from prometheus_client import multiprocess
    except ImportError:
        return None
    mark_dead: Callable[[int], object] = multiprocess.mark_process_dead
    folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
    # A master that SIGUSR2 has started shares the folder with the one before it, whose workers still serve.
    if not prepared and "GUNICORN_PID" not in os.environ:
        os.makedirs(folder, exist_ok=True)
        for file in glob.glob(f"{glob.escape(folder)}/*.db"):
            os.unlink(file)
    prepared = True
    return lambda server, worker: mark_dead(worker.pid)
