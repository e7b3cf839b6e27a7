"""Settings of Uvicorn that Gunicorn's worker class for it does not pass on."""

import logging

from uvicorn_gunicorn import access_log


def post_worker_init(root_path: str, log_format: str):
    """Gunicorn's hook in a worker that has imported the app and is about to serve.

    root_path and log_format are the values of the variables; an empty root path leaves Uvicorn's own.
    """

    def hook(worker) -> None:
        config = getattr(worker, "config", None)
        if type(config).__module__ != "uvicorn.config":
            return  # not a worker of Uvicorn
        config.root_path = root_path or config.root_path
        if config.timeout_graceful_shutdown is None:
            config.timeout_graceful_shutdown = worker.cfg.graceful_timeout
        if log_format == "json":
            config.http = access_log.timed(config.http)
        else:
            logging.getLogger("uvicorn.access").__class__ = access_log.AccessLogger

    return hook
