"""Wheels → one tree, as it stands below the prefix of a Python that need not run here."""

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.records import RecordEntry
from installer.sources import WheelFile
from installer.utils import Scheme


class Destination(SchemeDictionaryDestination):
    """Where one wheel goes; it knows what the wheels before it have written."""

    def __init__(self, schemes: dict[str, str], interpreter: str, wheel: str, owners: dict[str, str]) -> None:
        super().__init__(schemes, interpreter=interpreter, script_kind="posix")
        self.wheel = wheel
        self.owners = owners

    def write_to_fs(self, scheme: Scheme, path: str, stream: BinaryIO, is_executable: bool) -> RecordEntry:
        target = os.path.normpath(os.path.join(self.scheme_dict[scheme], path))
        owner = self.owners.setdefault(target, self.wheel)
        if os.path.lexists(target):
            raise ValueError(f"{path} is already there from {owner}; drop one of the two from the dependencies")
        return super().write_to_fs(scheme, path, stream, is_executable)


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


def install_wheel(path: Path, filename: str, root: Path, python: dict[str, str], owners: dict[str, str]) -> None:
    """Install the wheel at `path`, whose real name is `filename`, and write its RECORD (PEP 627).

    `python` has `minor`, `prefix` and `installedBy`, which is what the file INSTALLER says. `owners` maps the files of
    earlier wheels to the names of these wheels; the files of this one are added.
    Raises ValueError if the wheel is broken, contradicts its RECORD, or has a file that is there already.
    """
    with zipfile.ZipFile(path) as archive:
        # A store path has more in its name than the wheel's.
        archive.filename = filename
        wheel = WheelFile(archive)
        wheel.validate_record()
        destination = Destination(
            schemes(root, python["minor"], wheel.distribution),
            f"{python['prefix']}/bin/python{python['minor']}",
            filename,
            owners,
        )
        install(wheel, destination, additional_metadata={"INSTALLER": f"{python['installedBy']}\n".encode()})


def one_line(error: Exception) -> str:
    """Say what is wrong with a wheel."""
    issues: list[str] = getattr(error, "issues", [str(error)])
    rest = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    return issues[0] + rest


def build(spec: dict[str, Any], out: Path) -> None:
    """Install `spec["wheels"]`, each {"filename", "path"}, below `out`.

    `spec["minor"]` is Python's version like "3.9", `spec["prefix"]` where the tree will stand, like "/usr/local",
    `spec["installedBy"]` what the file INSTALLER of each distribution says (PEP 627).
    Raises ValueError, and leaves no `out`, if a wheel cannot be installed.
    """
    os.umask(0o022)
    out.mkdir()
    owners: dict[str, str] = {}
    for wheel in spec["wheels"]:
        try:
            install_wheel(Path(wheel["path"]), wheel["filename"], out, spec, owners)
        except (ValueError, zipfile.BadZipFile) as error:
            shutil.rmtree(out)
            raise ValueError(f"{wheel['filename']}: {one_line(error)}") from None


if __name__ == "__main__":
    from builder import run

    run("pyproject", build)
