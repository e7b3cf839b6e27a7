"""Files between the build machine and a guest: tars that commands in the guest read and write."""

import io
import shlex
import tarfile
from collections.abc import Callable
from pathlib import Path

from failure import TestFailure
from unpacking import UnsafeArchive, unpack

# Runs a command in the guest with what is given to its stdin; its exit status, and what it wrote to stdout.
Run = Callable[[str, bytes], tuple[int, bytes]]


def to_guest(name: str, run: Run, source: str, target: str) -> None:
    """Copy a file or folder to a path in the guest. `name` is the machine's, for the TestFailure that this raises."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(source, arcname=Path(target).name)
    folder = shlex.quote(str(Path(target).parent))
    command = f"mkdir -p {folder} && tar --extract --no-same-owner --directory {folder}"
    status, _ = run(command, packed.getvalue())
    if status:
        raise TestFailure(f"{name}: copy_from_host: {target}: can't be written (exit status {status})")


def from_guest(name: str, run: Run, source: str, target: Path) -> None:
    """Copy a file or folder of the guest into the folder `target`, and nothing outside of it. Raises TestFailure."""
    path = Path(source)
    command = f"tar --create --directory {shlex.quote(str(path.parent))} {shlex.quote(path.name)}"
    status, packed = run(command, b"")
    if status:
        raise TestFailure(f"{name}: copy_from_vm: {source}: can't be read (exit status {status})")
    target.mkdir(parents=True, exist_ok=True)
    try:
        unpack(io.BytesIO(packed), target)
    except (UnsafeArchive, OSError) as error:
        what = "".join(character if character.isprintable() else "?" for character in str(error))
        raise TestFailure(f"{name}: copy_from_vm: {source}: the guest sent {what}") from None
