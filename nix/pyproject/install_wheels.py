"""Wheels → one tree, as it stands below the prefix of a Python that need not run here."""

import os
import shutil
import struct
import sys
import warnings
import zipfile
import zlib
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from installer import install
from installer.exceptions import InstallerError
from installer.sources import WheelFile
from installer.utils import canonicalize_name

import built_wheels
import check_requirements
import wheel_checks
from check_requirements import Distribution
from lean_wheel import LeanWheel
from wheel_destination import INSTALLER, Destination, Taken, Tree

# What comes of a wheel that is broken, from the libraries that read and install it.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, InstallerError),
    *(ValueError, EOFError, OSError, RuntimeError, OverflowError),
)
# The most files that a line names.
MOST = 4


def schemes(root: Path, minor: str, distribution: str) -> dict[str, str]:
    """Return the folder of each of a wheel's schemes (PEP 427), where pip has them; `minor` is like "3.9".

    pip names the folder of headers as the requirement is spelled; in a lock, that is the normal form.
    """
    site_packages = str(root / "lib" / f"python{minor}" / "site-packages")
    return {
        "purelib": site_packages,
        "platlib": site_packages,
        "headers": str(root / "include" / f"python{minor}" / canonicalize_name(distribution)),
        "scripts": str(root / "bin"),
        "data": str(root),
    }


def install_wheel(wheel: dict[str, str], tree: Tree, spec: dict[str, Any]) -> tuple[Destination, Message]:
    """Install one of the wheels of `spec`, which is as of `build`, but for its RECORD.

    Returns where it went, which is to write RECORD (PEP 627) when all wheels are there, and its metadata.
    Raises one of BROKEN if the wheel is broken, contradicts its RECORD, or can't be beside those in `tree`.
    """
    path, filename = Path(wheel["path"]), wheel["filename"]
    with zipfile.ZipFile(path) as archive:
        # A store path has more in its name than the wheel's.
        archive.filename = filename
        source = LeanWheel(archive, spec["strip"]) if spec["strip"] else WheelFile(archive)
        wheel_checks.check(archive, source, path.stat().st_size)
        source.validate_record()
        destination = Destination(
            schemes(Path(tree.root), spec["minor"], source.distribution),
            f"{spec['prefix']}/bin/python{spec['minor']}",
            filename,
            tree,
        )
        with warnings.catch_warnings():
            # It leaves out bytecode that a wheel brings, and warns of it.
            warnings.simplefilter("ignore", RuntimeWarning)
            install(source, destination, additional_metadata={INSTALLER: f"{spec['installedBy']}\n".encode()})
        return destination, wheel_checks.metadata(archive, source)


def one_line(error: Exception) -> str:
    """Say what is wrong with a wheel: one line, and not a long one, whatever is in the wheel."""
    issues: list[str] = getattr(error, "issues", [str(error)])
    rest = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    text = " ".join(issues[0].split()) or type(error).__name__
    return (text if text.isprintable() else repr(text))[:500] + rest


def install_all(spec: dict[str, Any], out: Path) -> list[Distribution]:
    """Install the wheels of `spec` below `out`, and say of which files the last was taken.

    Raises ValueError if a wheel cannot be installed.
    """
    tree = Tree(str(out))
    destinations: list[Destination] = []
    distributions: dict[str, Distribution] = {}
    filename = ""
    try:
        for wheel in spec["wheels"]:
            filename = wheel["filename"]
            destination, metadata = install_wheel(wheel, tree, spec)
            destinations.append(destination)
            distribution = Distribution(metadata, wheel.get("lock"))
            if distribution.name in distributions:
                raise Taken(f"{distribution.name} {distributions[distribution.name].version} is already there")
            distributions[distribution.name] = distribution
        for destination in destinations:
            filename = destination.wheel
            destination.write_record()
    except BROKEN as error:
        fix = "drop one of the two from the dependencies" if isinstance(error, Taken) else "lock another wheel"
        raise ValueError(f"{filename}: {one_line(error)}; {fix}") from None
    for (earlier, later), files in tree.replaced.items():
        more = f" and {len(files) - MOST} more" if len(files) > MOST else ""
        warn(
            f"{later} replaces {', '.join(files[:MOST])}{more} of {earlier}, where they differ; "
            "if that is wrong, drop one of the two from the dependencies"
        )
    return list(distributions.values())


def installed(site_packages: Path) -> list[Distribution]:
    """What an environment has, taken as of the project's own lock."""
    files = sorted(site_packages.glob("*.dist-info/METADATA"))
    return [Distribution(message_from_bytes(file.read_bytes()), None) for file in files]


def check(distributions: list[Distribution], spec: dict[str, Any]) -> None:
    """Raise ValueError if a requirement between locks does not hold, and tell those that do not within one."""
    below = installed(Path(schemes(Path(spec["below"]), spec["minor"], "")["purelib"])) if spec["below"] else []
    found = check_requirements.problems(distributions, spec["environment"], below)
    for problem in found:
        if problem.joined is None:
            warn(f"{problem.text}; the lock has it so")
    if errors := [problem for problem in found if problem.joined is not None]:
        texts = "; ".join(problem.text for problem in errors)
        names = ", ".join(sorted({str(problem.joined) for problem in errors}))
        raise ValueError(f"{texts}; require {names} in pyproject.toml and lock again, so that one lock has all")


def warn(text: str) -> None:
    """Print one line, in which a question mark stands for what is not printable."""
    line = f"pyproject: warning: {text}"
    print("".join(character if character.isprintable() else "?" for character in line), file=sys.stderr)


def build(spec: dict[str, Any], out: Path) -> None:
    """Install `spec["wheels"]` below `out`.

    Each is {"filename", "path"}, or as built_wheels.py takes it, and has {"lock"} if that is not the project's own.
    `spec["minor"]` is Python's version like "3.9", `spec["prefix"]` where the tree will stand, like "/usr/local",
    `spec["installedBy"]` what the file INSTALLER of each distribution says (PEP 627), `spec["strip"]` the path of
    eu-strip, or null for wheels as they are, `spec["environment"]` the variables of markers (PEP 508), and
    `spec["below"]` the path of another environment that will stand beside this one, or null.
    Raises ValueError, and leaves no `out`, if a wheel could not be built or cannot be installed, or if its requirements
    do not hold.
    """
    wheels = built_wheels.with_names(spec["wheels"])
    os.umask(0o022)
    out.mkdir()
    try:
        check(install_all({**spec, "wheels": wheels}, out), spec)
    except ValueError:
        shutil.rmtree(out)
        raise


if __name__ == "__main__":
    from builder import run

    run("pyproject", build)
