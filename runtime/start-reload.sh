#!/bin/sh
# Serve the app with Uvicorn alone, which restarts it at every change of its code. Arguments are options of Uvicorn.
set -e

set -- /start-reload.sh "$@"
# shellcheck source=/dev/null
. /start-common.sh

# The prestart script may have replaced the arguments, but not have added any.
# shellcheck disable=SC2154 # start-common.sh sets it
[ "$start_arguments" != 0 ] || set --

# Gunicorn calls an app that has the form of a call, so let Uvicorn do the same. It passes no arguments to a factory.
case $APP_MODULE in
*'()') set -- "$@" --factory "${APP_MODULE%??}" ;;
*')') set -- "$@" --factory image_hooks.called_app:app ;;
*) set -- "$@" "$APP_MODULE" ;;
esac

# By default, Uvicorn's own configuration of its logs counts.
case ${GUNICORN_LOG_FORMAT:-text}:${ACCESS_LOG--}:${ERROR_LOG--} in
text:-:-) ;;
*) set -- --log-config /start-reload-logs.json "$@" ;;
esac

# Uvicorn has one spelling of each level. The first letter tells them apart.
case ${LOG_LEVEL:-info} in
[Cc]* | [Ff]*) start_level=critical ;;
[Ee]*) start_level=error ;;
[Ww]*) start_level=warning ;;
[Dd]*) start_level=debug ;;
[Tt]*) start_level=trace ;;
*) start_level=info ;;
esac

start_host=${HOST:-0.0.0.0}
start_host=${start_host#[} # as in [::1]
start_server uvicorn --reload --host "${start_host%]}" --port "${PORT:-80}" --root-path "${UVICORN_ROOT_PATH:-}" \
    --log-level "$start_level" "$@"
