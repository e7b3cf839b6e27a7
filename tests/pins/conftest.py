"""An archive in a folder, and `update` that trusts its key instead of Debian's."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import update
from made_up_archive import Archive, Signer, Update


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signer]:
    for program in ("apt-get", "gpg"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    signer = Signer(tmp_path_factory.mktemp("gpg") / "home")
    yield signer
    signer.close()


@pytest.fixture
def archive(signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    keyrings = tmp_path / "keyrings"
    keyrings.mkdir()
    signer.export(keyrings / "debian-archive-keyring.gpg")
    monkeypatch.setattr(update, "KEYRINGS", keyrings)
    return Archive(tmp_path / "debian", signer)


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pins file nix/pins/made-up.toml below the working directory."""
    folder = tmp_path / "flake" / "nix" / "pins"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "flake")
    return folder / "made-up.toml"


@pytest.fixture
def run_update(monkeypatch: pytest.MonkeyPatch) -> Update:
    """run_update("made-up", debian=url) -> the error, "" if there is none."""

    def run(*names: str, **mirrors: str) -> str:
        options = [word for name, url in mirrors.items() for word in ("--mirror", name.replace("_", "-"), url)]
        monkeypatch.setattr(sys, "argv", ["update", *options, *names])
        try:
            update.main()
        except SystemExit as end:
            return str(end.code)
        return ""

    return run
