"""A worker class of Gunicorn that serves with Uvicorn, for versions of Uvicorn that have none in uvicorn.workers."""

from __future__ import annotations

import logging
import signal
import sys
from typing import Any, ClassVar

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker
from uvicorn.config import Config
from uvicorn.server import Server


class UvicornWorker(Worker):
    """Its subclasses may set CONFIG_KWARGS, arguments for uvicorn.config.Config."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, log in ("uvicorn.error", self.log.error_log), ("uvicorn.access", self.log.access_log):
            logger = logging.getLogger(name)
            logger.handlers = log.handlers
            logger.setLevel(log.level)
            logger.propagate = False
        options = {
            "timeout_keep_alive": self.cfg.keepalive,
            "timeout_notify": self.timeout,
            "callback_notify": self.callback_notify,
            "limit_max_requests": self.max_requests,
            "forwarded_allow_ips": self.cfg.forwarded_allow_ips,
            "backlog": self.cfg.backlog,
        }
        if self.cfg.is_ssl:
            names = ("keyfile", "certfile", "ssl_version", "cert_reqs", "ca_certs", "ciphers")
            given = self.cfg.ssl_options
            options.update({f"ssl_{name.removeprefix('ssl_')}": given.get(name) for name in names})
        self.config = Config(app="", log_config=None, **{**options, **self.CONFIG_KWARGS})

    def init_signals(self) -> None:
        """Leave the signals to Uvicorn, but the one by which Gunicorn has logs opened anew."""
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGUSR1, self.handle_usr1)
        signal.siginterrupt(signal.SIGUSR1, False)

    def run(self) -> None:
        self.config.app = self.wsgi
        server = Server(self.config)
        server.run(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    async def callback_notify(self) -> None:
        self.notify()


class UvicornH11Worker(UvicornWorker):
    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {"loop": "asyncio", "http": "h11"}
