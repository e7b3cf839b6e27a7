"""The fixtures: made-up packages, a mirror and a store, and fetch with them."""

import hashlib
import io
import os
import re
import subprocess
import tempfile
import urllib.parse
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import fetch_main
import mirror_download
import pip_download
from fetch_error import FetchError
from pip_download import PipDownload, pip_command
from pretended import PYTHON, Fetch, FolderStore, MakeDeb, MakeWheel, Mirror, Offer, derivation_text


@pytest.fixture
def make_mirror() -> Iterator[Callable[[], Mirror]]:
    mirrors: list[Mirror] = []

    def make() -> Mirror:
        mirrors.append(Mirror())
        return mirrors[-1]

    yield make
    for mirror in mirrors:
        mirror.close()


@pytest.fixture
def mirror(make_mirror: Callable[[], Mirror]) -> Mirror:
    return make_mirror()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files; no proxy, no long waits."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for variable in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "DEBIAN_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    monkeypatch.setattr(mirror_download, "BACKOFF", 0.01)
    return folder


@pytest.fixture
def make_deb(tmp_path: Path, store: FolderStore) -> MakeDeb:
    """make_deb(name, content) -> its derivation; its pool path is pool/NAME."""

    def make(name: str, content: bytes, archive: str = "debian", kind: str = "deb", **changes: str) -> Path:
        sha256 = hashlib.sha256(content).hexdigest()
        environment = {"archive": archive, "path": f"pool/{name}", "size": str(len(content)), "pins": "bullseye"}
        derivation = tmp_path / f"{name}.drv"
        derivation.write_text(
            derivation_text(name, sha256, store.path_of(name, sha256), kind=kind, **(environment | changes))
        )
        return derivation

    return make


@pytest.fixture(scope="session")
def needs_pip() -> None:
    if subprocess.run([*pip_command(PYTHON), "--version"], capture_output=True).returncode:
        pytest.skip("needs pip")


@pytest.fixture
def index(mirror: Mirror, needs_pip: None, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """The mirror, which is an index, too, and the only one that pip is told of."""
    for variable in filter(re.compile("pip_", re.IGNORECASE).match, list(os.environ)):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", mirror.url.replace("debian", "simple"))
    monkeypatch.setenv("PIP_RETRIES", "1")
    return mirror


@pytest.fixture
def offer(index: Mirror, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """offer(name, content, project, version, …) -> the derivation of a file that an index has, by default the one that
    pip is told of.

    pip is not asked for its configuration, which takes a while.
    """
    monkeypatch.setattr(pip_download, "isolated", lambda pip, environment: dict(environment))

    def make(name: str, content: bytes, project: str, version: str, mirror: Mirror = index, **about: str) -> Path:
        mirror.pages[f"/files/{urllib.parse.quote(name)}"] = content
        listed = mirror.pages.get(f"/simple/{project}/", b"")
        assert isinstance(listed, bytes)
        mirror.pages[f"/simple/{project}/"] = listed + f'<a href="/files/{name}">{name}</a>\n'.encode()
        sha256 = hashlib.sha256(content).hexdigest()
        about = {"kind": "sdist", "project": project, "version": version, "filename": name} | about
        derivation = tmp_path / f"{name}.drv"
        stored = name.replace("!", "_")
        derivation.write_text(derivation_text(stored, sha256, store.path_of(stored, sha256), **about))
        return derivation

    return make


@pytest.fixture
def make_wheel(offer: Offer) -> MakeWheel:
    """make_wheel(project, version, tags, …) -> the derivation of a wheel that an index has."""

    def make(project: str, version: str = "1.0", tags: str = "py3-none-any", **about: Any) -> Path:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            info = f"{project}-{version}.dist-info"
            requires = "Requires-Python: >=3.9"
            archive.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n{requires}\n"
            )
            archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
            archive.writestr(f"{info}/RECORD", "")
        name = f"{project}-{version}-{tags}.whl"
        return offer(name, packed.getvalue(), project, version, kind="wheel", **about)

    return make


@pytest.fixture
def fetch(mirror: Mirror, store: FolderStore) -> Fetch:
    """fetch(derivation, ..., option, ...) -> the lines of its errors."""

    def run(*arguments: str | Path, mirrors: Sequence[str] | None = None) -> list[str]:
        named = (mirror.url,) if mirrors is None else mirrors
        options = [part for url in named for part in ("--mirror", "debian", url)]
        chosen = fetch_main.options([*options, *map(str, arguments)])
        try:
            errors = fetch_main.fetch(chosen, store, PipDownload(PYTHON))
        except FetchError as error:
            errors = [error]
        return [str(error) for error in errors]

    return run
