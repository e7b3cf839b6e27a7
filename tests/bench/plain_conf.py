"""Gunicorn's settings from variables, as the replaced images had them and with nothing added.

The benchmarks compare with it. All variables must hold what Gunicorn takes; nothing is checked.
"""

import os

workers = int(os.environ["WEB_CONCURRENCY"])
bind = os.environ.get("HOST", "0.0.0.0") + ":" + os.environ.get("PORT", "80")
loglevel = os.environ.get("LOG_LEVEL", "info")
accesslog = os.environ.get("ACCESS_LOG", "-") or None
errorlog = os.environ.get("ERROR_LOG", "-") or None
timeout = int(os.environ.get("TIMEOUT", "120"))
graceful_timeout = int(os.environ.get("GRACEFUL_TIMEOUT", "120"))
keepalive = int(os.environ.get("KEEP_ALIVE", "2"))
worker_tmp_dir = "/dev/shm"

# The Gunicorn of the replaced images had no such socket. Gunicorns that know it would do more than those did.
control_socket_disable = True
