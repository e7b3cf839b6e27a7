#!/bin/sh
# Serve the app with Gunicorn, which manages Uvicorn workers.
set -e

. /start-common.sh

exec gunicorn -k "$WORKER_CLASS" -c "$GUNICORN_CONF" "$APP_MODULE"
