"""The fixtures: made-up packages, a mirror and a store, and fetch with them."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import fetch_main
import mirror_download
from fetch_error import FetchError
from pip_download import PipDownload
from pretended import PYTHON, Fetch, FolderStore, MakeDeb, Mirror, derivation_text


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
