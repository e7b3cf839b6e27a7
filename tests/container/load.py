"""A steady load of keep-alive connections, in which every request is accounted for.

A request is one of:

answered: its whole response came, with status 200.
refused:  as far as a client can tell, no worker had taken its connection. That is, the connection was not made, or
          it was a new one and ended without a byte of response, which is what a kernel does to connections that
          wait for a worker when the last listening socket is closed. Whether the app had begun it, only the app knows.
failed:   anything else. The connection ended on a request that was not its first, or amid the response; nothing
          came for SILENCE_SECONDS; the status was another.

A connection carries one request after the other until a response says `Connection: close` or the client sees, as any
HTTP client does before it sends a request, that the server has closed it.
"""

import http.client
import select
import threading
import time
from dataclasses import dataclass
from typing import Self

from engine import SLOWNESS

SILENCE_SECONDS = 10 * SLOWNESS
LOAD_SECONDS = 30 * SLOWNESS
MOST_REQUESTS = 20_000
REFUSED_PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Request:
    """`name` is the last part of its path; `answer` is the response's body, or else what went wrong."""

    name: str
    outcome: str
    answer: str


class Client(threading.Thread):
    """One connection at a time, and on it one request after the other; `requests` are those that have ended."""

    def __init__(self, load: "Load", name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.load = load
        self.requests: list[Request] = []
        self.connection = http.client.HTTPConnection(load.address[0], load.address[1], timeout=SILENCE_SECONDS)

    def run(self) -> None:
        while self.load.goes_on(len(self.requests)):
            request = self.request(f"{self.name}-{len(self.requests)}")
            self.requests.append(request)
            if request.outcome == "refused":
                time.sleep(REFUSED_PAUSE_SECONDS)
        self.connection.close()

    def request(self, name: str) -> Request:
        connection = self.connection
        if connection.sock and select.select([connection.sock], [], [], 0)[0]:
            connection.close()
        is_new = connection.sock is None
        response = None
        try:
            connection.request("GET", self.load.path + name)
            response = connection.getresponse()
            answer = response.read().decode()
            return Request(name, "answered" if response.status == 200 else "failed", answer)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            nothing_came = response is None and isinstance(error, OSError) and not isinstance(error, TimeoutError)
            return Request(name, "refused" if is_new and nothing_came else "failed", repr(error))


class Load:
    """GET `path` + a name, again and again on each connection, as long as the context lasts.

    It ends by itself after LOAD_SECONDS or MOST_REQUESTS.
    """

    def __init__(self, address: tuple[str, int], path: str, connections: int = 16) -> None:
        self.address = address
        self.path = path
        self.stopped = threading.Event()
        self.most_each = MOST_REQUESTS // connections
        self.deadline = time.monotonic() + LOAD_SECONDS
        self.clients = [Client(self, f"c{number}") for number in range(connections)]

    def goes_on(self, requests: int) -> bool:
        return not self.stopped.is_set() and requests < self.most_each and time.monotonic() < self.deadline

    def __enter__(self) -> Self:
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopped.set()
        for client in self.clients:
            client.join()

    @property
    def requests(self) -> list[Request]:
        """All that have ended so far."""
        return [request for client in self.clients for request in client.requests[:]]

    def of(self, *outcomes: str) -> list[Request]:
        return [request for request in self.requests if request.outcome in outcomes]

    def answers(self) -> set[str]:
        """The different answers so far."""
        return {request.answer for request in self.of("answered")}
