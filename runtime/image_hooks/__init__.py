"""What the images add to Gunicorn and Uvicorn where settings are not enough: server hooks, loggers and HTTP protocols.

gunicorn_conf.py takes them from hooks.settings as settings of Gunicorn, which calls the hooks at these times:

when_ready(server)
    Once, in the master. It listens and has its signal handlers; it has not forked a worker. A reload (SIGHUP) runs
    gunicorn_conf.py again, but not this hook.
    - boot ends the server after a few workers have ended before any has served.
    - reloader refuses --reload together with --preload.
    - app_import keeps the failure of a worker's import until the master can act on it.
    - stop_signals ends the server by force at a second Ctrl-C, and keeps the end of workers that were told to stop out
      of the log.
    - replacement starts the replacement of a worker first, and then stops that worker.
    - preload imports the libraries that every worker needs. It makes no app and no request.
post_fork(server, worker)
    In each new worker. It still has the master's signal handlers and has not imported the app.
    - stop_signals lets a worker that does not serve yet obey a signal to stop.
    - app_import tells why an import fails, and then ends the server.
    - boot does the same for what fails after the import, and notices when the worker serves.
worker_int(worker)
    With --reload, in each worker whose code has changed.
    - reloader has it replaced, since workers of Uvicorn's class do not see what Gunicorn tells them.
post_worker_init(worker)
    In each new worker, which has imported the app and is about to serve.
    - uvicorn_config sets what Gunicorn's worker class for Uvicorn does not pass on: the root path, graceful_server (how
      it stops, and when it is to be replaced), graceful_protocol (no request is lost when a worker stops),
      head_protocol if UVICORN_TIMEOUT_HEAD is set, and what the format of the logs needs: access_log for text,
      access_format for text in a format of the user's, timed_protocol for JSON.

Besides, log_failures watches the handlers that Gunicorn's logger makes. The setting logger_class is json_logger for
JSON. The master makes this logger when it starts, and the workers inherit it. Its lines come from json_formatter, and
whole_lines keeps the lines of all processes apart. worker_fallback gives a Uvicorn without uvicorn.workers the worker
classes of uvicorn_worker.

For /start-reload.sh, without Gunicorn, there are called_app, which makes the app of an APP_MODULE that is a call with
arguments, and reload_logs, its logs.

When they step aside:

- Each asks for what it needs of Gunicorn and Uvicorn. One that fails even so, since another version has renamed
  something, is left out with a warning in the log (optional): the server is what it would be without it.
- app_import, boot and stop_signals are for workers of any class. preload and uvicorn_config do nothing to those that
  are not Uvicorn's.
- boot does nothing once a worker has served, or where Gunicorn reloads changed code.
- uvicorn_config keeps what the worker class itself sets: its time to stop in, and its root path if UVICORN_ROOT_PATH
  is empty. It leaves protocols alone that are not Uvicorn's for h11 and httptools, and a worker class that makes
  another server than uvicorn.server.Server.
- replacement leaves a worker to Gunicorn if a configuration of the app's own has another when_ready.
- access_log does nothing unless handler, format and stream are those that Gunicorn itself made for stdout, unbuffered,
  and logging itself is not patched. It checks before each line that the app has changed nothing since.
- json_logger, log_failures and whole_lines touch only handlers that Gunicorn itself made, not those of a log
  configuration. access_format changes the message of a record and nothing else.
- A library that preload cannot import is left to the workers, which report it if they need it.
- Without this package, as beside a copy of gunicorn_conf.py elsewhere, Gunicorn and Uvicorn are as they always are.

They are written for Gunicorn 20 and later and Uvicorn 0.13 and later, on Python 3.9 and later.
"""
