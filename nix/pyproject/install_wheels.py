"""Wheels → one tree, as it stands below the prefix of a Python that need not run here."""

import os
import shutil
import struct
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.exceptions import InstallerError
from installer.records import RecordEntry
from installer.sources import WheelFile
from installer.utils import Scheme

import built_wheels
import wheel_checks
from lean_wheel import LeanWheel

# What comes of a wheel that is broken, from the libraries that read and install it.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, InstallerError),
    *(ValueError, EOFError, OSError, RuntimeError, OverflowError),
)


class Taken(ValueError):
    """What a wheel would write is there already."""


class Destination(SchemeDictionaryDestination):
    """Where one wheel goes; it knows what the wheels before it have written."""

    def __init__(self, schemes: dict[str, str], interpreter: str, wheel: str, owners: dict[str, str]) -> None:
        super().__init__(schemes, interpreter=interpreter, script_kind="posix")
        self.wheel = wheel
        self.owners = owners

    def write_to_fs(self, scheme: Scheme, path: str, stream: BinaryIO, is_executable: bool) -> RecordEntry:
        target = os.path.normpath(os.path.join(self.scheme_dict[scheme], path))
        self._claim(path, target)
        return super().write_to_fs(scheme, path, stream, is_executable)

    def _claim(self, path: str, target: str) -> None:
        """Note that the target and the folders above it are of this wheel, unless they are there."""
        if target in self.owners:
            raise Taken(f"{path} is already there from {self.owners[target]}")
        self.owners[target] = self.wheel
        parent = os.path.dirname(target)
        while parent not in self.owners:
            self.owners[parent] = self.wheel
            parent = os.path.dirname(parent)
        if os.path.isfile(parent):
            name = os.path.basename(parent)
            raise Taken(f"{path} is already there, since {name} is a file from {self.owners[parent]}")


def schemes(root: Path, minor: str, distribution: str) -> dict[str, str]:
    """Return the folder of each of a wheel's schemes (PEP 427), where pip has them; `minor` is like "3.9"."""
    site_packages = str(root / "lib" / f"python{minor}" / "site-packages")
    return {
        "purelib": site_packages,
        "platlib": site_packages,
        "headers": str(root / "include" / f"python{minor}" / distribution),
        "scripts": str(root / "bin"),
        "data": str(root),
    }


def install_wheel(path: Path, filename: str, root: Path, spec: dict[str, Any], owners: dict[str, str]) -> None:
    """Install the wheel at `path`, whose real name is `filename`, and write its RECORD (PEP 627).

    `spec` is as of `build`. `owners` maps the files of earlier wheels, and the folders above them, to the names of
    these wheels; those of this one are added.
    Raises one of BROKEN if the wheel is broken, contradicts its RECORD, or has a file that is there already.
    """
    with zipfile.ZipFile(path) as archive:
        # A store path has more in its name than the wheel's.
        archive.filename = filename
        wheel = LeanWheel(archive, spec["strip"]) if spec["strip"] else WheelFile(archive)
        wheel_checks.check(archive, wheel, path.stat().st_size)
        wheel.validate_record()
        destination = Destination(
            schemes(root, spec["minor"], wheel.distribution),
            f"{spec['prefix']}/bin/python{spec['minor']}",
            filename,
            owners,
        )
        with warnings.catch_warnings():
            # It leaves out bytecode that a wheel brings, and warns of it.
            warnings.simplefilter("ignore", RuntimeWarning)
            install(wheel, destination, additional_metadata={"INSTALLER": f"{spec['installedBy']}\n".encode()})


def one_line(error: Exception) -> str:
    """Say what is wrong with a wheel: one line, and not a long one, whatever is in the wheel."""
    issues: list[str] = getattr(error, "issues", [str(error)])
    rest = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    text = " ".join(issues[0].split()) or type(error).__name__
    return (text if text.isprintable() else repr(text))[:500] + rest


def build(spec: dict[str, Any], out: Path) -> None:
    """Install `spec["wheels"]`, each {"filename", "path"} or as built_wheels.py takes it, below `out`.

    `spec["minor"]` is Python's version like "3.9", `spec["prefix"]` where the tree will stand, like "/usr/local",
    `spec["installedBy"]` what the file INSTALLER of each distribution says (PEP 627), `spec["strip"]` the path of
    eu-strip, or null for wheels as they are.
    Raises ValueError, and leaves no `out`, if a wheel cannot be installed, or could not be built.
    """
    wheels = built_wheels.with_names(spec["wheels"])
    os.umask(0o022)
    out.mkdir()
    owners: dict[str, str] = {}
    for wheel in wheels:
        try:
            install_wheel(Path(wheel["path"]), wheel["filename"], out, spec, owners)
        except BROKEN as error:
            shutil.rmtree(out)
            fix = "drop one of the two from the dependencies" if isinstance(error, Taken) else "lock another wheel"
            raise ValueError(f"{wheel['filename']}: {one_line(error)}; {fix}") from None


if __name__ == "__main__":
    from builder import run

    run("pyproject", build)
