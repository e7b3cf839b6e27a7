#!/bin/sh
# Serve the app with Gunicorn, which manages Uvicorn workers.
set -e

# shellcheck source=/dev/null
. /start-common.sh

# Gunicorn ranks the command line above GUNICORN_CMD_ARGS. So pass -c and -k only if GUNICORN_CMD_ARGS does not.
set -- "$APP_MODULE"
case " ${GUNICORN_CMD_ARGS-}" in
*" -c"* | *" --config"*) ;;
*) set -- -c "$GUNICORN_CONF" "$@" ;;
esac
case " ${GUNICORN_CMD_ARGS-}" in
*" -k"* | *" --worker-class"*) ;;
*) set -- -k "$WORKER_CLASS" "$@" ;;
esac

exec gunicorn "$@"
