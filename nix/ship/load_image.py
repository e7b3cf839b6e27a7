"""An image → the engine of the machine where this runs: docker, or else podman or nerdctl.

Run as `load_image.py METADATA`, with archive.py, its modules and child_environment.py on the module search path. The
output and the exit status are the engine's.

Docker's own image store takes an archive without the blobs of layers that it has: it looks for a layer by the digests
of that layer and of all below it. So the layers with which both the image and another one in the store begin are left
out. Other stores, those of containerd and podman, get the whole archive.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import IO

from archive import write_archive
from child_environment import environment
from oci_layout import Image, reference

ENGINES = ("docker", "podman", "nerdctl")
# The storage drivers of Docker's own store. Some of containerd's have these names, too.
DRIVERS = frozenset({"aufs", "btrfs", "devicemapper", "fuse-overlayfs", "overlay", "overlay2", "vfs", "zfs"})
CONTAINERD = "io.containerd.snapshotter"


def start(*command: str) -> "subprocess.Popen[bytes]":
    """Asks the engine something."""
    return subprocess.Popen(
        command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def answer(process: "subprocess.Popen[bytes]") -> str:
    """What the engine says; nothing if it does not understand. Of several things, it may know some."""
    return process.communicate()[0].decode(errors="replace")


def stored(engine: str) -> list[list[str]]:
    """The diff_ids of each image in the store of `engine`, lowest first; none if it is not Docker's own."""
    if Path(engine).name != "docker":
        return []
    about = start(engine, "info", "--format", "{{.Driver}} {{.DriverStatus}}")
    names = start(engine, "image", "ls", "--quiet", "--no-trunc")
    driver, _, status = answer(about).partition(" ")
    images = sorted(set(answer(names).split()))
    if driver not in DRIVERS or CONTAINERD in status or not images:
        return []
    layers = start(engine, "image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", *images)
    return [line.split() for line in answer(layers).splitlines()]


def dispensable(layers: Sequence[str], images: Iterable[Sequence[str]]) -> set[str]:
    """Those of `layers` with which one of `images` begins, too."""
    lengths = [len([*takewhile(lambda pair: pair[0] == pair[1], zip(layers, image, strict=False))]) for image in images]
    length = max(lengths, default=0)
    # The same blob further above is another layer.
    return set(layers[:length]) - set(layers[length:])


def stream(metadata: Path, without: Collection[str], engine: str, output: IO[bytes] | None = None) -> int:
    """Lets `engine` load the archive; gives its exit status. `output` gets what it says. Raises OSError."""
    errors = subprocess.STDOUT if output else None
    command = [engine, "load"]
    with subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=output, stderr=errors) as process:
        assert process.stdin
        try:
            with process.stdin as pipe:
                write_archive(metadata, pipe, without)
        except BrokenPipeError:
            pass  # the engine says why it ended
        except OSError:
            process.kill()
            raise
    return process.returncode


def load(metadata: Path, engine: str) -> int:
    """Loads the image; gives the exit status. Raises OSError if it can't be read."""
    layers = [layer.diff_id for layer in Image.load(metadata).layers]
    if without := dispensable(layers, stored(engine)):
        with tempfile.TemporaryFile() as said:
            if stream(metadata, without, engine, said) == 0:
                said.seek(0)
                shutil.copyfileobj(said, sys.stdout.buffer)
                return 0
        # The store has lost a layer meanwhile, or takes no archive that lacks one.
    return stream(metadata, (), engine)


def main(metadata: Path) -> int:
    """Runs the program; gives its exit status."""
    # Ctrl-C ends it without a traceback, and the engine, too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    name = reference(metadata)
    engine = next(filter(None, map(shutil.which, ENGINES)), None)
    if engine is None:
        hint = "install one, or take the archive of nix build there"
        sys.exit(f"load: {name}: neither docker nor podman nor nerdctl is on PATH; {hint}")
    try:
        return load(metadata, engine)
    except OSError as error:
        sys.exit(f"load: {name}: {error.filename or engine}: {error.strerror}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
