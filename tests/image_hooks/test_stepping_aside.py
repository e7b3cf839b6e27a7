"""Hooks that do not fit the Gunicorn or Uvicorn that is there leave a server as it is without them."""

import os
import sys
from pathlib import Path

import pytest

from gunicorn_server import RUNTIME, Server, serving

pytestmark = pytest.mark.slow

# Each is what a version to come may be like, as far as a module that is imported at the start can make it so.
VERSIONS_TO_COME = {
    "no SafeAtoms": "import gunicorn.glogging as module\nmodule.Atoms = vars(module).pop('SafeAtoms')",
    "Logger with another setup": """
import gunicorn.glogging as module
module.Logger.set_up = module.Logger.setup
del module.Logger.setup
module.Logger.__init__.__globals__["_names"] = 1
init = module.Logger.__init__

def __init__(self, cfg):
    type(self).setup = module.Logger.set_up
    init(self, cfg)

module.Logger.__init__ = __init__
""",
    "Arbiter with other methods": """
from gunicorn.arbiter import Arbiter

for name in "reap_workers", "murder_workers", "kill_worker", "manage_workers":
    method = getattr(Arbiter, name)
    setattr(Arbiter, "new_" + name, method)
    delattr(Arbiter, name)

def __getattr__(self, name):
    import sys
    if sys._getframe(1).f_globals["__name__"].startswith("image_hooks"):
        raise AttributeError(name)
    return getattr(self, "new_" + name)

Arbiter.__getattr__ = __getattr__
""",
    "Server with another main loop": """
import uvicorn.server as module

class Server(module.Server):
    def __getattribute__(self, name):
        import sys
        if name in ("server_state", "limit_max_requests") and "image_hooks" in sys._getframe(1).f_globals["__name__"]:
            raise AttributeError(name)
        return super().__getattribute__(name)

module.Server = Server
""",
    "no Server": """
import uvicorn.workers, uvicorn.server

uvicorn.server.NewServer = uvicorn.server.Server
del uvicorn.server.Server
""",
    "protocols with other attributes": """
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Protocol

def __getattribute__(self, name):
    import sys
    hidden = ("server_state", "cycle", "access_logger", "app", "connections")
    if name in hidden and "image_hooks" in sys._getframe(1).f_globals["__name__"]:
        raise AttributeError(name)
    return object.__getattribute__(self, name)

Protocol.__getattribute__ = __getattribute__
""",
    "another Config": """
import uvicorn.config as module

module.NEW_HTTP_PROTOCOLS = vars(module).pop("HTTP_PROTOCOLS")
load = module.Config.load
load.__globals__["HTTP_PROTOCOLS"] = type("Table", (dict,), {})()
del load.__globals__["HTTP_PROTOCOLS"]

def __init__(self, *args, init=module.Config.__init__, **kwargs):
    init(self, *args, **kwargs)
    from uvicorn.protocols.http.h11_impl import H11Protocol
    self.http = H11Protocol if self.http == "auto" else self.http

module.Config.__init__ = __init__
""",
    "worker without tmp": """
from gunicorn.workers.base import Worker

class Tmp:
    def __get__(self, worker, owner):
        import sys
        if "image_hooks" in sys._getframe(1).f_globals["__name__"]:
            raise AttributeError("tmp")
        return vars(worker)["new_tmp"]

    def __set__(self, worker, tmp):
        vars(worker)["new_tmp"] = tmp

Worker.tmp = Tmp()
""",
}


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("change", VERSIONS_TO_COME.values(), ids=VERSIONS_TO_COME)
def test_version_to_come_serves_and_stops(tmp_path: Path, change: str, log_format: str) -> None:
    env = {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(RUNTIME), *sys.path]),
        "GUNICORN_LOG_FORMAT": log_format,
        "UVICORN_TIMEOUT_HEAD": "30",
    }
    options = ["--access-logformat=%(s)s %(r)s"]
    with serving(tmp_path, env=env, files={"sitecustomize.py": change}, options=options) as server:
        check_server(server)


def check_server(server: Server) -> None:
    for _ in range(2):
        assert server.get("/ready") == "ready"
    assert len(server.stdout.splitlines()) == 2 and "GET /ready" in server.stdout
    assert server.stop() == 0
    assert "Traceback" not in server.stderr


# The default worker class is there even so.
WITHOUT_WORKERS = """\
import importlib.machinery, sys

class Hiding(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "uvicorn.workers":
            return None
        return super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Hiding
"""


@pytest.mark.parametrize("worker", ["UvicornWorker", "UvicornH11Worker"])
def test_uvicorn_without_workers_has_the_default_worker_class(tmp_path: Path, worker: str) -> None:
    env = {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(RUNTIME), *sys.path]),
        "WORKER_CLASS": f"uvicorn.workers.{worker}",
        "PYTHONWARNINGS": "error::DeprecationWarning:image_hooks",
    }
    app = """\
import sys

async def file(scope):
    return sys.modules["uvicorn.workers"].__file__
"""
    files = {"sitecustomize.py": WITHOUT_WORKERS}
    with serving(tmp_path, app, env, files=files, worker=f"uvicorn.workers.{worker}") as server:
        assert Path(server.get("/file")).is_relative_to(RUNTIME)
        assert '"GET /file HTTP/1.1" 200' in server.stdout
        assert server.stop() == 0
    assert "DeprecationWarning" not in server.stderr and "Traceback" not in server.stderr


def test_workers_module_that_is_broken_is_not_replaced(tmp_path: Path) -> None:
    change = "import sys\n\nsys.modules['uvicorn.workers'] = None\n"
    env = {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(RUNTIME), *sys.path]),
        "WORKER_CLASS": "uvicorn.workers.UvicornWorker",
    }
    with serving(tmp_path, env=env, files={"sitecustomize.py": change}) as server:
        assert server.wait_for_end() == 64
    assert server.stderr.startswith("WORKER_CLASS: ")
