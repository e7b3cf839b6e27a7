"""Settings of Uvicorn that Gunicorn's worker class for it does not pass on."""

from image_hooks import access_log, protocol


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
            # Some time is left for the app's own shutdown, before Gunicorn kills the worker.
            config.timeout_graceful_shutdown = 0.9 * worker.cfg.graceful_timeout
        config.http = protocol.graceful(http_protocol(config))
        if log_format == "json":
            from image_hooks.json_lines import timed  # no other format needs it

            config.http = timed(config.http)
        else:
            access_log.install(worker)

    return hook


def http_protocol(config) -> type:
    """The protocol class that Uvicorn's setting `http` names, or is."""
    from uvicorn.config import HTTP_PROTOCOLS
    from uvicorn.importer import import_from_string

    if isinstance(config.http, str):
        return import_from_string(HTTP_PROTOCOLS.get(config.http, config.http))
    return config.http
