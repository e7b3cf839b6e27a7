#!/bin/sh
# Serve the app with Uvicorn alone, which restarts it at every change of its code.
set -e

set -- /start-reload.sh
# shellcheck source=/dev/null
. /start-common.sh

serve uvicorn --reload --host "${HOST:-0.0.0.0}" --port "${PORT:-80}" --root-path "${UVICORN_ROOT_PATH:-}" \
    --log-level "${LOG_LEVEL:-info}" "$APP_MODULE"
