"""Files of Python projects, as they are: what `pip download` does but for one thing, that nothing of them is prepared.

Preparing a source distribution runs its build backend, and downloads what that requires. So this is a command of pip's
own kind: the options, the configuration and the network are pip's, and the files are looked for where pip looks.

Run as `file_download.py FILES`, with pip on the module search path, it brings the files that the JSON file FILES lists
into the folder of that file: [{"project", "filename", "sha256", "url"}]; without a URL, the indexes are searched. The
line for one that it cannot bring is `ERROR: FILENAME: what is wrong`.
"""

import hashlib
import json
import logging
import sys
from collections.abc import Iterator
from optparse import Values
from pathlib import Path
from typing import Any

from pip._internal.commands.download import DownloadCommand
from pip._internal.exceptions import NetworkConnectionError
from pip._internal.models.link import Link
from pip._internal.network.utils import HEADERS, raise_for_status, response_chunks
from pip._internal.utils.misc import redact_auth_from_url
from pip._vendor.requests.exceptions import RequestException
from pip._vendor.urllib3.exceptions import HTTPError

# One of pip's names, so that what is said here reads as what pip says.
logger = logging.getLogger("pip.file_download")


class Failure(Exception):
    """Why a file cannot be brought."""


class FileDownload(DownloadCommand):
    """A command of pip that downloads single files."""

    def run(self, options: Values, args: list[str]) -> int:
        """Brings the files that the file `args[0]` lists; gives the exit status."""
        (listed,) = map(Path, args)
        self._network = self.get_default_session(options)
        self._network.hooks["response"].append(self._note_refusal)
        self._finder = self._build_package_finder(options, self._network, ignore_requires_python=True)
        status = 0
        for file in json.loads(listed.read_text()):
            logger.info("Downloading %s", file["filename"])
            try:
                self._bring(file, listed.parent / file["filename"])
            except (Failure, NetworkConnectionError, RequestException, HTTPError, OSError) as error:
                logger.error("%s: %s", file["filename"], error)
                status = 1
        return status

    def _bring(self, file: dict[str, str], to: Path) -> None:
        self._refusals: dict[str, int] = {}
        links = [Link(file["url"])] if file["url"] else list(self._links(file))
        if not links:
            refusals = [
                f"HTTP error {status} from {redact_auth_from_url(url)}" for url, status in self._refusals.items()
            ]
            raise Failure(refusals[0] if refusals else "the index does not have it")
        # What stops amid a download leaves nothing that looks like the file.
        part = to.with_name(f"{to.name}.part")
        for link in links:
            if self._download(link, part) == file["sha256"]:
                part.rename(to)
                return
        raise Failure("sha256 differs: the index or a proxy changed the file")

    def _links(self, file: dict[str, str]) -> Iterator[Link]:
        for candidate in self._finder.find_all_candidates(file["project"]):
            if candidate.link.filename == file["filename"]:
                yield candidate.link

    def _download(self, link: Link, to: Path) -> str:
        """Downloads to the file `to`; gives its sha256."""
        digest = hashlib.sha256()
        with (
            self._network.get(link.url_without_fragment, headers=HEADERS, stream=True) as response,
            to.open("wb") as out,
        ):
            raise_for_status(response)
            for chunk in response_chunks(response):
                out.write(chunk)
                digest.update(chunk)
        return digest.hexdigest()

    def _note_refusal(self, response: Any, *_: object, **__: object) -> None:
        """Keeps why pip finds nothing on an index: it passes over one that refuses."""
        self._refusals.pop(response.url, None)
        if response.status_code >= 400 and response.status_code != 404:
            self._refusals[response.url] = response.status_code


if __name__ == "__main__":
    sys.exit(FileDownload("download", "Download files as they are.").main(sys.argv[1:]))
