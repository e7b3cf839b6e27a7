#!/bin/sh
# Serve the app with Gunicorn, which manages Uvicorn workers.
set -e

. /start-common.sh

# GUNICORN_CMD_ARGS wins over all but the command line, so that must not have what it has.
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
