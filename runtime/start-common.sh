# What /start.sh and /start-reload.sh share: find the app, judge the variables, run the prestart script.
# Both source this file under `set -e`.

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

# Before anything runs: Gunicorn meets a wrong value late, or with a traceback where it reads the variable itself. Beside
# a configuration of the app's own, only these are judged. Python is kept from the app's folder and site-packages.
if [ "$GUNICORN_CONF" = /gunicorn_conf.py ]; then
    python -I -S /gunicorn_conf.py >/dev/null
else
    env -i PATH="$PATH" WEB_CONCURRENCY="${WEB_CONCURRENCY-}" FORWARDED_ALLOW_IPS="${FORWARDED_ALLOW_IPS-}" \
        GUNICORN_CMD_ARGS="${GUNICORN_CMD_ARGS-}" GUNICORN_CONF="$GUNICORN_CONF" \
        python -I -S /gunicorn_conf.py >/dev/null
fi

# Sourced, not run: its exports reach the app, its failure stops the container.
PRE_START_PATH="${PRE_START_PATH:-/app/prestart.sh}"
echo "Checking for script in $PRE_START_PATH"
if [ -f "$PRE_START_PATH" ]; then
    echo "Running script $PRE_START_PATH"
    . "$PRE_START_PATH"
else
    echo "There is no script $PRE_START_PATH"
fi

# The prestart script may have set APP_MODULE, so only now is it known to be missing.
case $APP_MODULE in
:*)
    echo "start: /app/app/main.py, /app/main.py: there is neither;" \
        "copy or mount your app to /app, or set MODULE_NAME or APP_MODULE" >&2
    exit 1
    ;;
esac

# What Gunicorn and Uvicorn read themselves must not be there when it is empty.
for name in FORWARDED_ALLOW_IPS PORT WEB_CONCURRENCY; do
    if eval "[ -z \"\${$name-}\" ]"; then
        unset "$name"
    fi
done
