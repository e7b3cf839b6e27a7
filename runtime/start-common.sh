# shellcheck shell=sh
# /start.sh and /start-reload.sh source this file, under `set -e` and with their own path as $1. It finds the app and
# Gunicorn's configuration, checks the variables, and runs the prestart script.

script=$1
shift

# say TEXT: writes a line to stdout. That this fails, or that nobody reads it (SIGPIPE), does not end the script.
say() {
    (echo "$1") 2>/dev/null || true
}

# Where stdout or stderr is closed, the next file that is opened would get its number, and messages would go there.
true 3>&2 || exec 2>/dev/null
{ true 3>&1; } 2>/dev/null || exec >/dev/null

# As PID 1, a shell can't obey a signal while it waits for a command. start_init.py can: it runs this script again as
# another process, and then becomes the server. GNU's env lets signals wait until it takes them; busybox's can't.
if [ $$ = 1 ]; then
    trap 'exit 143' TERM
    trap 'exit 130' INT
    trap 'exit 131' QUIT
    set -- python -I -S /start_init.py "${BASH-/bin/sh}" "$script"
    if env --block-signal=TERM true 2>/dev/null; then
        set -- env --block-signal=TERM,INT,QUIT "$@"
    fi
    exec "$@"
fi

# A shell that is PID 1 and waits for this script, as with `CMD /start.sh`, gets no signal to stop, and nobody can see
# that one was sent. So say it. Signal 15 is a bit of the fourth hexadecimal digit from the right.
if [ "$PPID" = 1 ] && [ -r /proc/1/status ]; then
    while read -r key value; do
        case $key in
        Name:) name=$value ;;
        SigCgt:) handled=$value ;;
        esac
    done </proc/1/status
    case $name:$handled in
    sh:*[!4567cdef]??? | dash:*[!4567cdef]??? | bash:*[!4567cdef]??? | ash:*[!4567cdef]??? | busybox:*[!4567cdef]???)
        say "start: PID 1: it is a shell, which keeps signals to stop from the server;\
 write CMD [\"$script\"], or exec $script" >&2
        ;;
    esac
fi

init_socket=${START_INIT_SOCKET-}
unset START_INIT_SOCKET

# serve PROGRAM ARGUMENT...: becomes this program, or lets PID 1 become it
serve() {
    if [ -n "$init_socket" ]; then
        export START_INIT_SOCKET="$init_socket"
        set -- python -I -S /start_init.py --hand-over "$@"
    fi
    exec "$@"
}

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
say "Checking for script in $PRE_START_PATH"
if [ -f "$PRE_START_PATH" ]; then
    say "Running script $PRE_START_PATH"
    # shellcheck source=/dev/null
    . "$PRE_START_PATH"
else
    say "There is no script $PRE_START_PATH"
fi

# No app was found. This is said only here, since the prestart script may set APP_MODULE.
case $APP_MODULE in
:*)
    say "start: /app/app/main.py, /app/main.py: there is neither;\
 copy or mount your app to /app, or set MODULE_NAME or APP_MODULE" >&2
    exit 1
    ;;
esac

# An empty variable counts as unset. Gunicorn and Uvicorn read these themselves, and would take an empty value as it is.
for name in FORWARDED_ALLOW_IPS PORT WEB_CONCURRENCY; do
    if eval "[ -z \"\${$name-}\" ]"; then
        unset "$name"
    fi
done
