"""Gunicorn's logger for GUNICORN_LOG_FORMAT=json."""

from __future__ import annotations

from gunicorn.config import Config
from gunicorn.glogging import Logger

from image_hooks.json_formatter import JsonFormatter
from image_hooks.optional import optional
from image_hooks.whole_lines import keep_lines_whole


class JsonLogger(Logger):
    """For the setting logger_class. Uvicorn's loggers have the same handlers, so their lines are JSON, too."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.use_json()

    @optional
    def use_json(self) -> None:
        """Only for the handlers that Gunicorn has made, not for those of a log configuration."""
        for handler in self.error_log.handlers + self.access_log.handlers:
            if getattr(handler, "_gunicorn", False):
                handler.setFormatter(JsonFormatter())
                keep_lines_whole(handler)


def logger_class() -> type[Logger]:
    return JsonLogger
