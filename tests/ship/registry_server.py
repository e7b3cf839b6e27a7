"""Debian's registry on this machine, and a way to it on which things go wrong. REGISTRY names its program."""

import json
import os
import resource
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# The registry's answer to a tag that it keeps as it is.
REFUSAL = (
    b"HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 75\r\n\r\n"
    b'{"errors":[{"code":"TAG_IMMUTABLE","message":"the tag may not be moved"}]}\n'
)
# Of the user `user`, whose password is `secret`.
HTPASSWD = "user:$2b$04$eUmfAonxanW9jZjKp/8HZe5i.y6U0D/SAeXmxkIL9s3O8rLgESVTq\n"


class Server:
    """A registry with its data in a folder. `largest_file`, in bytes, is all that it can write to one."""

    def __init__(self, folder: Path, with_login: bool = False, largest_file: int | None = None) -> None:
        self.data = folder / "data"
        self.address = f"127.0.0.1:{_free_port()}"
        config: dict[str, Any] = {
            "version": "0.1",
            "log": {"accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.data)}},
            "http": {"addr": self.address},
        }
        if with_login:
            (folder / "htpasswd").write_text(HTPASSWD)
            config["auth"] = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
        self._config = folder / "config.json"
        self._config.write_text(json.dumps(config))
        self._log = folder / "log"
        self._largest_file = largest_file
        self.start()

    def start(self) -> None:
        limits = (self._largest_file, self._largest_file) if self._largest_file else (-1, -1)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [os.environ["REGISTRY"], "serve", str(self._config)],
                stdout=log,
                stderr=log,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
            )
        for _ in range(600):
            with suppress(OSError):
                _connect(self.address).close()
                return
            time.sleep(0.1)
        raise TimeoutError(self._log.read_text())

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def get(self, path: str, accept: str = "*/*") -> Any:
        """The JSON document at a path below /v2/; None if there is none."""
        request = urllib.request.Request(f"http://{self.address}/v2/{path}", headers={"Accept": accept})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def tags(self, repository: str) -> set[str]:
        """Those that a person gave: not the ones in which clients keep lists of referrers and signatures."""
        names = (self.get(f"{repository}/tags/list") or {}).get("tags") or []
        return {name for name in names if not name.startswith("sha256-")}

    def blob(self, digest: str) -> Path:
        """The file in which it stores a blob."""
        algorithm, _, value = digest.partition(":")
        return self.data / "docker/registry/v2/blobs" / algorithm / value[:2] / value / "data"


class Way:
    """An address from which all connections go on to a server.

    received           how many bytes have gone there
    cut_after          it ends all connections once that many have gone there, and
    cut_answers_after  once so many have come back
    refuses            a request that begins with this gets REFUSAL instead
    """

    def __init__(
        self,
        server: Server,
        cut_after: int | None = None,
        cut_answers_after: int | None = None,
        refuses: bytes | None = None,
    ) -> None:
        self._server, self._refuses = server, refuses
        self._requests, self._answers = Budget(cut_after), Budget(cut_answers_after)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                try:
                    server = _connect(self._server.address)
                except OSError:
                    client.close()
                    continue
                for source, target, budget in ((client, server, self._requests), (server, client, self._answers)):
                    threading.Thread(target=self._pass_on, args=(source, target, budget), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, budget: "Budget") -> None:
        with suppress(OSError):
            while data := source.recv(1 << 14):
                if budget is self._requests and self._refuses and data.startswith(self._refuses):
                    source.sendall(REFUSAL)
                    break
                target.sendall(budget.spend(data))
                if budget.is_spent:
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    @property
    def received(self) -> int:
        return self._requests.spent


class Budget:
    """How many bytes have gone one way, of those that may; None: all may."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.spent = 0

    @property
    def is_spent(self) -> bool:
        return self._limit is not None and self.spent >= self._limit

    def spend(self, data: bytes) -> bytes:
        """Of the data, what may go."""
        allowed = data if self._limit is None else data[: max(0, self._limit - self.spent)]
        self.spent += len(allowed)
        return allowed


@contextmanager
def way(server: Server, **faults: Any) -> Iterator[Way]:
    """A Way, for as long as the context lasts."""
    opened = Way(server, **faults)
    try:
        yield opened
    finally:
        opened.close()


def _connect(address: str) -> socket.socket:
    host, _, port = address.partition(":")
    return socket.create_connection((host, int(port)))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
