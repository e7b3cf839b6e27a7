"""What pretends to be the world of fetch: a mirror on loopback that misbehaves on demand, a store that is a folder."""

import os
import shlex
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from nix_store import NixStore
from pinned_files import PinnedFile

FETCH = Path(__file__).parents[2] / "nix" / "fetch"

# Where the tests run, neither need be what the defaults say.
SHELL = shlex.split(os.environ.get("TEST_SHELL", "sh"))
SHELL[0] = shutil.which(SHELL[0]) or SHELL[0]
PYTHON = os.environ.get("TEST_PYTHON", sys.executable)

# A page is its content or a function that answers the request.
Answer = Callable[[BaseHTTPRequestHandler], None]
Page = bytes | Answer


class Mirror:
    """An HTTP server on loopback; `pages` maps a path, or for a proxy's requests a whole URL, to what is there."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[str] = []
        self.requested = threading.Event()
        self.closing = threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.requests.append(self.path)
                mirror.requested.set()
                page = mirror.pages.get(self.path)
                if callable(page):
                    page(self)
                elif page is None:
                    self.send_error(404)
                else:
                    self.send_response(200)
                    self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "text/plain")
                    self.send_header("Content-Length", str(len(page)))
                    self.end_headers()
                    self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/debian/"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        """A page that begins and never ends."""
        handler.send_response(200)
        handler.send_header("Content-Length", "200")
        handler.end_headers()
        handler.wfile.write(b"x" * 100)
        handler.wfile.flush()
        self.closing.wait(60)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class FolderStore(NixStore):
    """A store whose paths are PATH/NAME."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()

    def path_of(self, name: str, sha256: str) -> str:
        return str(self.path / name)

    def absent(self, store_paths: Sequence[str]) -> set[str]:
        return {path for path in store_paths if not Path(path).exists()}

    def add(self, files: Sequence[tuple[PinnedFile, Path]]) -> None:
        for file, path in files:
            shutil.copyfile(path, file.store_path)

    def names(self) -> set[str]:
        return {path.name for path in self.path.iterdir()}


def derivation_text(name: str, sha256: str, store_path: str, **environment: str) -> str:
    """A store derivation in Nix's format."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    variables = sorted({"name": name, "out": store_path, "system": "builtin", **environment}.items())
    env = ",".join(f"({quoted(key)},{quoted(value)})" for key, value in variables)
    output = f'("out",{quoted(store_path)},"sha256","{sha256}")'
    return f'Derive([{output}],[],[],"builtin","builtin:fetchurl",[],[{env}])'


MakeDeb = Callable[..., Path]
MakeWheel = Callable[..., Path]
Offer = Callable[..., Path]
Fetch = Callable[..., list[str]]
