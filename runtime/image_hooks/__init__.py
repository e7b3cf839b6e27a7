"""What the images add to Gunicorn and Uvicorn where settings are not enough: server hooks, loggers and HTTP protocols.

gunicorn_conf.py gives the hooks to Gunicorn, which calls them at these times:

when_ready(server)
    Once, in the master. It listens and has its signal handlers; it has not forked a worker. A reload (SIGHUP) runs
    gunicorn_conf.py again, but not this hook.
    - reloader refuses --reload together with --preload.
    - app_import keeps the failure of a worker's import until the master can act on it.
    - stop_signals ends the server by force at a second Ctrl-C, and keeps the end of workers that were told to stop out
      of the log.
    - replacement starts the replacement of a worker first, and then stops that worker.
    - preload imports the libraries that every worker needs.
post_fork(server, worker)
    In each new worker. It still has the master's signal handlers and has not imported the app.
    - stop_signals lets a worker that does not serve yet obey a signal to stop.
    - app_import tells why an import fails, and then ends the server.
worker_int(worker)
    With --reload, in each worker whose code has changed.
    - reloader has it replaced, since workers of Uvicorn's class do not see what Gunicorn tells them.
post_worker_init(worker)
    In each new worker, which has imported the app and is about to serve.
    - uvicorn_config sets what Gunicorn's worker class for Uvicorn does not pass on: the root path, graceful_server (how
      it stops, and when it is to be replaced), graceful_protocol (no request is lost when a worker stops),
      head_protocol if UVICORN_TIMEOUT_HEAD is set, and what the format of the logs needs: access_log for text,
      timed_protocol for JSON.

Besides, log_failures watches the handlers that Gunicorn's logger makes. The setting logger_class is json_logger for
JSON. The master makes this logger when it starts, and the workers inherit it. Its lines come from json_formatter, and
whole_lines keeps the lines of all processes apart.

For /start-reload.sh, without Gunicorn, there are called_app, which makes the app of an APP_MODULE that is a call with
arguments, and reload_logs, its logs.

When they step aside:

- app_import and stop_signals are for workers of any class. preload and uvicorn_config do nothing to those that are not
  Uvicorn's.
- uvicorn_config keeps what the worker class itself sets: its time to stop in, and its root path if UVICORN_ROOT_PATH
  is empty.
  It leaves protocols alone that are not Uvicorn's for h11 and httptools, and a worker class that makes another server
  than uvicorn.server.Server.
- replacement leaves a worker to Gunicorn if a configuration of the app's own has another when_ready.
- access_log does nothing unless Gunicorn itself writes the access log to stdout, unbuffered and in its own format. It
  checks before each line that the app has changed nothing about the logger since.
- A library that preload cannot import is left to the workers, which report it if they need it.
- Without this package, as beside a copy of gunicorn_conf.py elsewhere, Gunicorn and Uvicorn are as they always are.

They are written for Gunicorn 20 and later and Uvicorn 0.13 and later, on Python 3.9 and later.
"""
