#!/bin/sh
# Serve the app with Gunicorn, which manages Uvicorn workers.
set -e

. /start-common.sh

# Gunicorn converts WEB_CONCURRENCY to a number before it reads any configuration file, and
# fails with a traceback. So an empty one must be unset, and /gunicorn_conf.py judges an odd one.
case ${WEB_CONCURRENCY-1} in
'') unset WEB_CONCURRENCY ;;
*[!0-9]*) python /gunicorn_conf.py >/dev/null ;;
esac

exec gunicorn -k "$WORKER_CLASS" -c "$GUNICORN_CONF" "$APP_MODULE"
