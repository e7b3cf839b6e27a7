# shellcheck shell=sh
# /start.sh and /start-reload.sh source this file, under `set -e`. It finds the app and Gunicorn's configuration, checks
# the variables, and runs the prestart script.

if [ -f /app/app/main.py ]; then
    default_module=app.main
elif [ -f /app/main.py ]; then
    default_module=main
fi
export APP_MODULE="${APP_MODULE:-${MODULE_NAME:-$default_module}:${VARIABLE_NAME:-app}}"

if [ -f /app/gunicorn_conf.py ]; then
    default_conf=/app/gunicorn_conf.py
elif [ -f /app/app/gunicorn_conf.py ]; then
    default_conf=/app/app/gunicorn_conf.py
else
    default_conf=/gunicorn_conf.py
fi
export GUNICORN_CONF="${GUNICORN_CONF:-$default_conf}"
export WORKER_CLASS="${WORKER_CLASS:-uvicorn.workers.UvicornWorker}"

# Check the variables before anything runs. Gunicorn would find a wrong value later, and would answer one in a variable
# that it reads itself with a traceback. A configuration of the app's own may use the other variables as it likes, so
# then only these are checked. With -I and -S, Python imports nothing from the app's folder or from site-packages.
if [ "$GUNICORN_CONF" = /gunicorn_conf.py ]; then
    python -I -S /gunicorn_conf.py >/dev/null
else
    env -i PATH="$PATH" WEB_CONCURRENCY="${WEB_CONCURRENCY-}" FORWARDED_ALLOW_IPS="${FORWARDED_ALLOW_IPS-}" \
        GUNICORN_CMD_ARGS="${GUNICORN_CMD_ARGS-}" GUNICORN_CONF="$GUNICORN_CONF" \
        python -I -S /gunicorn_conf.py >/dev/null
fi

# The script is sourced, so that its exports reach the app and its failure stops the container.
PRE_START_PATH="${PRE_START_PATH:-/app/prestart.sh}"
echo "Checking for script in $PRE_START_PATH"
if [ -f "$PRE_START_PATH" ]; then
    echo "Running script $PRE_START_PATH"
    # shellcheck source=/dev/null
    . "$PRE_START_PATH"
else
    echo "There is no script $PRE_START_PATH"
fi

# No app was found. This is said only here, since the prestart script may set APP_MODULE.
case $APP_MODULE in
:*)
    echo "start: /app/app/main.py, /app/main.py: there is neither;" \
        "copy or mount your app to /app, or set MODULE_NAME or APP_MODULE" >&2
    exit 1
    ;;
esac

# An empty variable counts as unset. Gunicorn and Uvicorn read these themselves, and would take an empty value as it is.
for name in FORWARDED_ALLOW_IPS PORT WEB_CONCURRENCY; do
    if eval "[ -z \"\${$name-}\" ]"; then
        unset "$name"
    fi
done
