"""Runs `update` on a folder of its own, with an archive whose key it trusts instead of Debian's."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import private_apt
import update
from made_up_archive import Archive, Outcome, Signer, Update


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signer]:
    for program in ("apt-get", "gpg"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    signer = Signer(tmp_path_factory.mktemp("gpg") / "home")
    yield signer
    signer.close()


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The keyring that `update` finds. It holds no key."""
    folder = tmp_path / "keyrings"
    folder.mkdir()
    monkeypatch.setattr(private_apt, "KEYRINGS", folder)
    keyring = folder / "debian-archive-keyring.gpg"
    keyring.touch()
    return keyring


@pytest.fixture
def archive(signer: Signer, keyring: Path, tmp_path: Path) -> Archive:
    """An archive without suites. The keyring holds its key."""
    signer.export(keyring)
    return Archive(tmp_path / "debian", signer)


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of a pins file below the working directory: nix/pins/made-up.toml."""
    folder = tmp_path / "flake" / "nix" / "pins"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "flake")
    return folder / "made-up.toml"


@pytest.fixture
def run_update(keyring: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Update]:
    """run_update("--skip-final", "made-up", debian=url) -> its outcome, for amd64 unless an architecture is given."""

    def run(*arguments: str, **mirrors: str) -> Outcome:
        options = [word for name, url in mirrors.items() for word in ("--mirror", name.replace("_", "-"), url)]
        if "--architecture" not in arguments:
            options += ["--architecture", "amd64"]
        status = update.main([*options, *arguments])
        printed = capfd.readouterr()
        return Outcome(status, printed.out.splitlines(), printed.err.splitlines())

    handler = signal.getsignal(signal.SIGTERM)
    yield run
    signal.signal(signal.SIGTERM, handler)
