"""An index of made-up wheels, for uv to lock."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Release:
    """A version of a project. `extras` has the requirements of each, `tag` is of its wheel."""

    name: str
    version: str
    requires: tuple[str, ...] = ()
    extras: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tag: str = "py3-none-any"

    @property
    def filename(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}-{self.tag}.whl"

    def metadata(self) -> str:
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        for extra, requirements in self.extras:
            lines.append(f"Provides-Extra: {extra}")
            for requirement in requirements:
                head, _, marker = requirement.partition(";")
                both = f"({marker.strip()}) and extra == '{extra}'" if marker else f"extra == '{extra}'"
                lines.append(f"Requires-Dist: {head.strip()} ; {both}")
        return "\n".join(lines) + "\n"


def write_wheel(folder: Path, release: Release) -> Path:
    path = folder / release.filename
    info = f"{release.name.replace('-', '_')}-{release.version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", release.metadata())
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {release.tag}\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path, releases: list[Release]) -> Iterator[str]:
    """Write an index to `folder`, and serve it; yields its URL."""
    for name in {release.name for release in releases}:
        (folder / "simple" / name).mkdir(parents=True)
        links = []
        for release in releases:
            if release.name == name:
                sha256 = hashlib.sha256(write_wheel(folder, release).read_bytes()).hexdigest()
                links.append(f'<a href="/{release.filename}#sha256={sha256}">{release.filename}</a>')
        (folder / "simple" / name / "index.html").write_text(f"<html><body>{''.join(links)}</body></html>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
