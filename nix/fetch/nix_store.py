"""The Nix store, through the few commands that every version of Nix has."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from fetch_error import FetchError
from pinned_files import PinnedFile


class NixStore:
    """The store of the Nix on PATH."""

    def path_of(self, name: str, sha256: str) -> str:
        """The store path of the flat file with this name and hexadecimal sha256."""
        return self._run("--print-fixed-path", "sha256", sha256, name)[0]

    def absent(self, store_paths: Sequence[str]) -> set[str]:
        """Those of `store_paths` that the store does not have."""
        return set(self._run("--check-validity", "--print-invalid", *store_paths)) if store_paths else set()

    def add(self, files: Sequence[tuple[PinnedFile, Path]]) -> None:
        """Adds verified files, each at a path whose last component is the file's name.

        Raises FetchError if the store refuses, or if a file came out at another store path than its derivation wants.
        """
        added = self._run("--add-fixed", "sha256", *(str(path) for _, path in files)) if files else []
        for (file, path), store_path in zip(files, added, strict=True):
            if store_path != file.store_path:
                raise FetchError(f"{file.name}: {path} changed while it was added to the store; run it again")

    def _run(self, *arguments: str) -> list[str]:
        try:
            done = subprocess.run(
                ["nix-store", *arguments], capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL
            )
        except OSError as error:
            raise FetchError(f"nix-store: {error.strerror}; put Nix on PATH", hopeless=True) from error
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
            raise FetchError(f"nix-store {arguments[0]}: {reason[0].removeprefix('error: ')}", hopeless=True)
        return done.stdout.splitlines()
