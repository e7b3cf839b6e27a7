"""HTTP with a server that may do anything: it is followed only where that is safe, and neither drips nor floods."""

import base64
import http.client
import io
import string
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message
from functools import partial
from socket import socket
from typing import Any

from fetch_error import brief

WINDOW = 60.0  # seconds
LEAST = 60_000  # bytes that must come in each window
HEAD = 256 * 1024  # bytes that an answer may have before its content
REDIRECTIONS = 10


class BadAnswer(Exception):
    """What a server does, after its name, for which the conversation ends."""


class TooSlow(BadAnswer):
    """The server sends next to nothing."""


class Pace:
    """Counts the bytes of one answer as they come, head and all.

    `limit` is how many there may be; `clock` gives the seconds.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._total = self._in_window = 0
        self._began = clock()

    def add(self, count: int) -> None:
        """Counts further bytes. Raises BadAnswer if they are too many, TooSlow if the last window had too few."""
        self._total += count
        self._in_window += count
        if self._total > self._limit:
            raise BadAnswer("sends more than it should")
        if (now := self._clock()) - self._began >= WINDOW:
            if self._in_window < LEAST:
                raise TooSlow(f"sends less than {LEAST / WINDOW:.0f} bytes a second")
            self._began, self._in_window = now, 0


class _PacedFile(io.RawIOBase):
    """A file whose bytes are counted as they are read."""

    def __init__(self, file: Any, pace: Pace) -> None:
        self._file, self._pace = file, pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = int(self._file.readinto(buffer))
        self._pace.add(count)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class _PacedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket, *args: Any, pace: Pace, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_PacedFile(sock.makefile("rb", buffering=0), pace))


class Request(urllib.request.Request):
    """A request for a file of at most `size` bytes. A login in the URL goes to the server that the URL names alone."""

    def __init__(self, url: str, size: int, redirections: int = 0) -> None:
        bare, login = split_login(url)
        authorization = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()} if login else {}
        super().__init__(bare, headers=authorization)
        self.size, self.redirections = size, redirections

    def redirected(self, location: str) -> "Request":
        """The request for the URL of a header Location. Raises BadAnswer unless it may be followed."""
        quoted = urllib.parse.quote(location, safe=string.punctuation, encoding="latin-1")
        try:
            url, _ = split_login(urllib.parse.urljoin(self.full_url, quoted))
            here, there = _origin(self.full_url), _origin(url)
        except ValueError:
            raise BadAnswer(f"redirects to what is no URL: {brief(location)}") from None
        scheme, host, _ = there
        if scheme not in ("http", "https") or not host:
            raise BadAnswer(f"redirects to what is no URL of http or https: {brief(location)}")
        if (here[0], scheme) == ("https", "http"):
            raise BadAnswer(f"redirects from https to http: {brief(url)}")
        if self.redirections == REDIRECTIONS:
            raise BadAnswer(f"redirects more than {REDIRECTIONS} times")
        following = Request(url, self.size, self.redirections + 1)
        if here == there:
            following.headers.update({name: value for name, value in self.headers.items() if name == "Authorization"})
        return following


def opener(proxies: Mapping[str, str]) -> urllib.request.OpenerDirector:
    """What opens a Request of http, https or file; `proxies` maps a scheme to the URL of its proxy.

    Beside what urllib raises, opening and reading raise BadAnswer.
    """
    director = urllib.request.OpenerDirector()
    director.addheaders = [("User-Agent", "fetch")]
    for handler in (
        urllib.request.ProxyHandler(dict(proxies)),
        urllib.request.UnknownHandler(),
        urllib.request.FileHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Plain(),
        _Secure(),
        _Redirections(),
    ):
        director.add_handler(handler)
    return director


def split_login(url: str) -> tuple[str, str]:
    """The URL without the login `user:password@` that it may hold, and that login. Raises ValueError."""
    parts = urllib.parse.urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=host).geturl(), urllib.parse.unquote(login)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _paced(kind: Callable[..., Any], request: Request) -> Callable[..., Any]:
    """What makes connections of this kind, on which the answer to `request` is counted."""

    def connect(*args: Any, **kwargs: Any) -> Any:
        connection = kind(*args, **kwargs)
        # Chunks have lines of their own, by which an answer is longer than its content.
        connection.response_class = partial(_PacedResponse, pace=Pace(HEAD + 2 * request.size))
        return connection

    return connect


class _Plain(urllib.request.HTTPHandler):
    def http_open(self, request: Any) -> http.client.HTTPResponse:
        return self.do_open(_paced(http.client.HTTPConnection, request), request)


class _Secure(urllib.request.HTTPSHandler):
    def https_open(self, request: Any) -> http.client.HTTPResponse:
        return self.do_open(_paced(http.client.HTTPSConnection, request), request)


class _Redirections(urllib.request.BaseHandler):
    """Follows redirections; urllib's own would send the login and the proxy's to whoever is named."""

    def http_error_302(self, request: Request, answer: Any, code: int, reason: str, headers: Message) -> Any:
        if (location := headers["Location"]) is None:
            return None  # so it is an error as others are
        following = request.redirected(location)
        answer.close()
        return self.parent.open(following, timeout=request.timeout)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302
