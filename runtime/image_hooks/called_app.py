"""For Uvicorn's option --factory: the app of an APP_MODULE such as main:create_app("test"), as Gunicorn makes it."""

from __future__ import annotations

import os
from typing import Any

from gunicorn.util import import_app


def app() -> Any:
    return import_app(os.environ["APP_MODULE"])
