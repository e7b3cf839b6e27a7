"""Debian packages from mirrors, over HTTP or from file: URLs; each is verified while it arrives."""

import hashlib
import http.client
import ssl
import threading
import time
import urllib.error
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from careful_http import BadAnswer, Request, TooSlow, opener, split_login
from fetch_error import FetchError, Missing, brief, writing
from pinned_files import Deb

TRIES = 3
TIMEOUT = 30.0  # seconds without a byte
BACKOFF = 0.5  # seconds before the second try, doubled before each further one
CHUNK = 1 << 16  # bytes
ANOTHER_MIRROR = "give another mirror by --debian-mirror URL"


class Transient(FetchError):
    """An error that another try may not meet."""


class Unreachable(Transient):
    """The mirror did not answer at all."""


STATUS_ERRORS = dict.fromkeys((404, 410), Missing) | dict.fromkeys((408, 425, 429, 500, 502, 503, 504), Transient)


class MirrorDownload:
    """Downloads from the first mirror that has a file; safe to share between threads.

    `mirrors` gives the URLs of each archive in the order to try, each ending in a slash. `proxies` maps a scheme to the
    URL of its proxy. `on_bytes` is called with the number of bytes of each part that arrives.
    """

    def __init__(
        self,
        mirrors: Mapping[str, Sequence[str]],
        proxies: Mapping[str, str],
        on_bytes: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._mirrors = mirrors
        self._on_bytes = on_bytes
        self._unreachable: dict[str, Unreachable] = {}
        self._lock = threading.Lock()
        self._opener = opener(proxies)

    def download(self, deb: Deb, to: Path) -> None:
        """Writes `deb` to the file `to`.

        Raises FetchError if no mirror gives it; then `to` does not exist.
        """
        failures: list[FetchError] = []
        for mirror in self._mirrors.get(deb.archive, ()):
            try:
                self._download_from(mirror, deb, to)
                return
            except FetchError as failure:
                to.unlink(missing_ok=True)
                failures.append(failure)
                if failure.hopeless:
                    break
        if failures and all(isinstance(failure, Unreachable) for failure in failures):
            raise FetchError(str(failures[0]), hopeless=True)
        telling = (failure for failure in failures if not isinstance(failure, Missing | Unreachable))
        # Files of an app's own lock are of no pins.
        update = f"nix run .#update -- {deb.pins}" if deb.pins else "nix run .#update"
        missing = Missing(f"{deb.name}: the mirror no longer has it; run {update}")
        raise next(telling, missing)

    def _download_from(self, mirror: str, deb: Deb, to: Path) -> None:
        for retry in range(TRIES):
            if mirror in self._unreachable:
                raise self._unreachable[mirror]
            try:
                self._try_download(mirror, deb, to)
                return
            except Transient as failure:
                if retry == TRIES - 1:
                    if isinstance(failure, Unreachable):
                        self._unreachable[mirror] = failure
                    raise
            time.sleep(BACKOFF * 2**retry)

    def _try_download(self, mirror: str, deb: Deb, to: Path) -> None:
        try:
            # A plus sign is a space to some servers, so it is quoted.
            request = Request(mirror + urllib.parse.quote(deb.path, safe="/~"), deb.size)
            with self._opener.open(request, timeout=TIMEOUT) as response:
                self._receive(response, deb, to)
        except TooSlow as error:
            raise Unreachable(f"{_shown(mirror)} {error}; check the network, or {ANOTHER_MIRROR}") from error
        except BadAnswer as error:
            raise FetchError(f"{deb.name}: {_shown(mirror)} {error}; {ANOTHER_MIRROR}") from error
        except urllib.error.HTTPError as error:
            error.close()
            answer = f"{_shown(mirror)} answered HTTP {error.code} {brief(error.reason)}"
            kind = STATUS_ERRORS.get(error.code, FetchError)
            raise kind(f"{deb.name}: {answer}; {ANOTHER_MIRROR}") from error
        # A ValueError: what a proxy's setting gives is no URL.
        except (http.client.HTTPException, OSError, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, FileNotFoundError):
                raise Missing(f"{deb.name}: {_shown(mirror)} does not have it") from error
            if isinstance(reason, ssl.SSLCertVerificationError):
                what = f"its certificate is not trusted: {reason.verify_message}"
                raise FetchError(f"{_shown(mirror)}: {what}; set SSL_CERT_FILE to those to trust") from error
            what = brief(getattr(reason, "strerror", None) or str(reason) or type(reason).__name__)
            fix = f"check the network and the proxy, or {ANOTHER_MIRROR}"
            raise Unreachable(f"{_shown(mirror)}: cannot be reached: {what}; {fix}") from error

    def _receive(self, response: http.client.HTTPResponse, deb: Deb, to: Path) -> None:
        digest, count = hashlib.sha256(), 0
        with writing(to), to.open("wb") as out:
            for chunk in _chunks(response, deb):
                out.write(chunk)
                digest.update(chunk)
                count += len(chunk)
                self._on_bytes(len(chunk))
                if count > deb.size:
                    break
        if count < deb.size and getattr(response, "length", 0) != 0:  # of those that it announced
            raise Transient(f"{deb.name}: truncated: {count} of {deb.size} bytes came; run it again")
        if digest.hexdigest() != deb.sha256:
            what = "sha256 differs" if count == deb.size else f"{count} bytes instead of {deb.size}"
            raise FetchError(f"{deb.name}: {what}: the mirror or a proxy changed the file; {ANOTHER_MIRROR}")


def _chunks(response: http.client.HTTPResponse, deb: Deb) -> Iterator[bytes]:
    count = 0
    while True:
        try:
            chunk = response.read1(CHUNK)
        # A ValueError: the size of a chunk is no number.
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise Transient(f"{deb.name}: the connection broke after {count} bytes; run it again") from error
        if not chunk:
            return
        count += len(chunk)
        yield chunk


def _shown(url: str) -> str:
    return split_login(url)[0].rstrip("/")
