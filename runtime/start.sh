#!/bin/sh
# Serve the app with Gunicorn, which manages Uvicorn workers.
set -e

set -- /start.sh "$@"
# shellcheck source=/dev/null
. /start-common.sh

# Gunicorn ranks the command line above GUNICORN_CMD_ARGS. So pass -c and -k only if GUNICORN_CMD_ARGS does not, for
# which Gunicorn's own parser reads it. If it can't be read, Gunicorn says so when it starts.
start_given=''
if [ -n "${GUNICORN_CMD_ARGS-}" ]; then
    start_given=$(python -c '
import sys
sys.path[:] = filter(None, sys.path)  # without the current folder, as when Gunicorn starts
from gunicorn.config import Config
config = Config()
given = config.parser().parse_args(config.get_cmd_args_from_env())
print(*(name for name in ("config", "worker_class") if getattr(given, name)))
' 2>/dev/null) || start_given=''
fi
set -- "$APP_MODULE"
case $start_given in *config*) ;; *) set -- -c "$GUNICORN_CONF" "$@" ;; esac
case $start_given in *worker_class*) ;; *) set -- -k "$WORKER_CLASS" "$@" ;; esac

start_server gunicorn "$@"
