# shellcheck shell=sh
# /start.sh and /start-reload.sh source this file, under `set -e`, with their own path as $1 and then their arguments. It
# finds the app and Gunicorn's configuration, checks the variables, and runs the prestart script, which sees the
# arguments.
#
# The environment that a shell gets and the one that it gives to the app are its variables, and the prestart script may
# define what it likes. So what belongs to these scripts alone has a name that begins with `start_`.

start_script=$1
shift
# shellcheck disable=SC2034 # for start-reload.sh
start_arguments=$#

# start_say TEXT: writes a line to stdout. That this fails, or that nobody reads it (SIGPIPE), does not end the script.
start_say() {
    (echo "$1") 2>/dev/null || true
}

# start_refuse TEXT: writes a line to stderr and exits
start_refuse() {
    start_say "start: $1" >&2
    exit 64
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
    set -- python -I -S /start_init.py "${BASH-/bin/sh}" "$start_script" "$@"
    if env --block-signal=TERM true 2>/dev/null; then
        set -- env --block-signal=TERM,INT,QUIT "$@"
    fi
    exec "$@"
fi

# A shell that is PID 1 and waits for this script, as with `CMD /start.sh`, gets no signal to stop, and nobody can see
# that one was sent. So say it. Signal 15 is a bit of the fourth hexadecimal digit from the right.
if [ "$PPID" = 1 ] && [ -r /proc/1/status ]; then
    while read -r start_key start_value; do
        case $start_key in
        Name:) start_init=$start_value ;;
        SigCgt:) start_init=$start_init:$start_value ;;
        esac
    done </proc/1/status
    case $start_init in
    sh:*[!4567cdef]??? | dash:*[!4567cdef]??? | bash:*[!4567cdef]??? | ash:*[!4567cdef]??? | busybox:*[!4567cdef]???)
        start_say "start: PID 1: it is a shell, which keeps signals to stop from the server;\
 write CMD [\"$start_script\"], or exec $start_script" >&2
        ;;
    esac
fi

start_socket=${START_INIT_SOCKET-}
unset START_INIT_SOCKET

# start_server PROGRAM ARGUMENT...: becomes this program, or lets PID 1 become it
start_server() {
    if [ -n "$start_socket" ]; then
        export START_INIT_SOCKET="$start_socket"
        set -- python -I -S /start_init.py --hand-over "$@"
    fi
    exec "$@"
}

if [ -f /app/gunicorn_conf.py ]; then
    start_conf=/app/gunicorn_conf.py
elif [ -f /app/app/gunicorn_conf.py ]; then
    start_conf=/app/app/gunicorn_conf.py
else
    start_conf=/gunicorn_conf.py
fi
export GUNICORN_CONF="${GUNICORN_CONF:-$start_conf}"
export WORKER_CLASS="${WORKER_CLASS:-uvicorn.workers.UvicornWorker}"

# start_check [VARIABLE=VALUE...]: checks these variables, and those that are read whatever serves the app
start_check() {
    env -i PATH="$PATH" APP_MODULE="${APP_MODULE-}" MODULE_NAME="${MODULE_NAME-}" VARIABLE_NAME="${VARIABLE_NAME-}" \
        PRE_START_PATH="${PRE_START_PATH-}" FORWARDED_ALLOW_IPS="${FORWARDED_ALLOW_IPS-}" \
        WEB_CONCURRENCY="${WEB_CONCURRENCY-}" "$@" python -I -S /gunicorn_conf.py >/dev/null
}

# Check the variables before anything runs. Gunicorn and Uvicorn would find a wrong value later, and would answer some
# with a traceback. What only the included configuration reads, an app that has another one may use as it likes. With -I
# and -S, Python imports nothing from the app's folder or from site-packages.
case $start_script:$GUNICORN_CONF in
/start-reload.sh:*)
    start_check HOST="${HOST-}" PORT="${PORT-}" LOG_LEVEL="${LOG_LEVEL-}" UVICORN_ROOT_PATH="${UVICORN_ROOT_PATH-}" \
        GUNICORN_LOG_FORMAT="${GUNICORN_LOG_FORMAT-}" ACCESS_LOG="${ACCESS_LOG-}" ERROR_LOG="${ERROR_LOG-}" \
        HEALTHCHECK_PATH="${HEALTHCHECK_PATH-}"
    ;;
*:/gunicorn_conf.py) python -I -S /gunicorn_conf.py >/dev/null ;;
*)
    start_check GUNICORN_CONF="$GUNICORN_CONF" GUNICORN_CMD_ARGS="${GUNICORN_CMD_ARGS-}" WORKER_CLASS="$WORKER_CLASS"
    ;;
esac

# The prestart script sees all of these, but only those that are exported reach the app.
if [ -n "${MODULE_NAME-}" ]; then
    :
elif [ -f /app/app/main.py ]; then
    MODULE_NAME=app.main
elif [ -f /app/main.py ]; then
    MODULE_NAME=main
fi
VARIABLE_NAME="${VARIABLE_NAME:-app}"
export APP_MODULE="${APP_MODULE:-${MODULE_NAME-}:$VARIABLE_NAME}"

# The script is sourced, so that its exports reach the app and its failure stops the container.
PRE_START_PATH="${PRE_START_PATH:-/app/prestart.sh}"
start_say "Checking for script in $PRE_START_PATH"
if [ -f "$PRE_START_PATH" ]; then
    # What an editor on Windows leaves would be part of the commands, none of which would be found.
    start_line=''
    { IFS= read -r start_line <"$PRE_START_PATH"; } 2>/dev/null || true
    case $start_line in
    *"$(printf '\r')") start_refuse "$PRE_START_PATH: has Windows line ends (CRLF); save it with LF" ;;
    "$(printf '\357\273\277')"*) start_refuse "$PRE_START_PATH: begins with a byte order mark; save it without (UTF-8)" ;;
    esac
    start_say "Running script $PRE_START_PATH"
    # shellcheck source=/dev/null
    . "$PRE_START_PATH"
else
    start_say "There is no script $PRE_START_PATH"
fi

# No app was found. This is said only here, since the prestart script may set APP_MODULE.
case $APP_MODULE in
:*)
    start_say "start: /app/app/main.py, /app/main.py: there is neither;\
 copy or mount your app to /app, or set MODULE_NAME or APP_MODULE" >&2
    exit 1
    ;;
esac

# An empty variable counts as unset. Gunicorn and Uvicorn read these themselves, and would take an empty value as it is.
[ -n "${FORWARDED_ALLOW_IPS-}" ] || unset FORWARDED_ALLOW_IPS
[ -n "${PORT-}" ] || unset PORT
[ -n "${WEB_CONCURRENCY-}" ] || unset WEB_CONCURRENCY
