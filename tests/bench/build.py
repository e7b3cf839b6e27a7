"""How long image-py39-slim takes to build. Prints whole-process wall times, and judges none of them.

    python3 tests/bench/build.py [--runs N]

Builds run in private stores (private_store.py) that hold the fetched files and nothing else: Debian packages, wheels
and the unpacked static busybox. So every derivation that is not such a file is built anew; the machine's store is only
read. Nothing is fetched; evaluation, and copying the flake's source into the store, count. The lines of the table:

  image, from fetched files   all derivations of the image, the builders' Python (bootstrap) included
  the same for arm64          of the image for arm64, which on amd64 is composed for another processor
  bootstrap alone             the builders' Python
  image, given bootstrap      the rest of the derivations, in the store where the bootstrap was built before
  after an edit of start.sh   a rebuild in a store where all is built, of a checkout with a new runtime/start.sh
  evaluation of image-py39    `nix eval`, without Nix's evaluation cache, of derivations that the store has already
  xz by Python, 2 threads     for comparison: merely decompressing the data of the image's own Debian packages once
  xz by xz, 1 process         the same, if there is an xz

The load average is that of the last minute when a measurement began, the highest of all runs. The benchmark's own
work is in it: above the number of processors, others had a share in the time.
"""

import argparse
import lzma
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nix_closure import CHECKOUT, Derivation, at, closure, copy_checkout, current_system, derivations_of, run
from private_store import PrivateStore

IMAGE = ".#image-py39-slim"
ARM64 = f"{IMAGE}.arm64"
EVALUATED = ".#image-py39.drvPath"
NO_CACHE = ("--option", "eval-cache", "false")
AR_MAGIC = b"!<arch>\n"
AR_HEADER = 60


class Table:
    """The measurements, by what was measured."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = {}
        self._load: dict[str, float] = {}

    def measure(self, label: str, action: Callable[[], object]) -> None:
        """Runs `action` and adds its wall time to the line `label`."""
        load = os.getloadavg()[0]
        start = time.perf_counter()
        action()
        self._seconds.setdefault(label, []).append(time.perf_counter() - start)
        self._load[label] = max(load, self._load.get(label, 0))

    def __str__(self) -> str:
        lines = [f"{'seconds':27}{'median':>8}{'min':>8}{'max':>8}{'load':>8}"]
        for label, times in self._seconds.items():
            figures = (statistics.median(times), min(times), max(times), self._load[label])
            lines.append(f"{label:27}" + "".join(f"{figure:8.2f}" for figure in figures))
        return "\n".join(lines)


def build(store: Path, target: str, cwd: Path = CHECKOUT) -> Callable[[], object]:
    """An action: build a target of the checkout in `cwd`."""
    return lambda: run("nix", "build", "--no-link", *at(store), *NO_CACHE, target, cwd=cwd)


def measure_builds(table: Table, fetched: Sequence[str], bootstrap: str, edited: Path) -> None:
    """One run of all that Nix does for IMAGE. `edited` is a checkout whose start.sh no build has seen."""
    with PrivateStore(fetched) as store:
        table.measure("image, from fetched files", build(store, IMAGE))
        table.measure("after an edit of start.sh", build(store, IMAGE, edited))
        evaluation = ("nix", "eval", *at(store), *NO_CACHE, EVALUATED)
        run(*evaluation)
        table.measure("evaluation of image-py39", lambda: run(*evaluation))
    with PrivateStore(fetched) as store:
        table.measure("bootstrap alone", build(store, bootstrap))
        table.measure("image, given bootstrap", build(store, IMAGE))


def measure_decompression(table: Table, debs: Sequence[Path]) -> None:
    """One run of the comparison."""

    def by_python() -> None:
        largest_first = sorted(debs, key=lambda deb: -deb.stat().st_size)
        with ThreadPoolExecutor(2) as pool:
            for _ in pool.map(lambda deb: len(lzma.decompress(data_member(deb))), largest_first):
                pass

    def by_xz() -> None:
        with subprocess.Popen(["xz", "-dc", "-T1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as xz:
            assert xz.stdin
            for deb in debs:
                xz.stdin.write(data_member(deb))

    table.measure("xz by Python, 2 threads", by_python)
    if shutil.which("xz"):
        table.measure("xz by xz, 1 process", by_xz)


def data_member(deb: Path) -> bytes:
    """The data.tar.xz of a Debian package (deb(5)). Exits if it has none."""
    with deb.open("rb") as file:
        file.seek(len(AR_MAGIC))
        while len(header := file.read(AR_HEADER)) == AR_HEADER:
            size = int(header[48:58])
            data = file.read(size + size % 2)[:size]
            if header[:16].rstrip(b" /") == b"data.tar.xz":
                return data
    raise SystemExit(f"bench: {deb.name}: has no data.tar.xz")


def fetched_files(derivations: Sequence[Derivation], target: str) -> list[str]:
    """The pinned files among the outputs of a target's derivations. Exits if the machine's store lacks one."""
    files = [derivation.out for derivation in derivations if derivation.fixed]
    missing = run("nix-store", "--check-validity", "--print-invalid", *files)
    if missing:
        raise SystemExit(f"bench: {missing[0]}: not in the store; run: nix run .#fetch -- {target.removeprefix('.#')}")
    return files


def main() -> None:
    """Measures N times and prints the table."""
    parser = argparse.ArgumentParser(description="How long image-py39-slim takes to build.")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="measure N times (3)")
    runs = parser.parse_args().runs
    if runs < 1:
        parser.error("--runs: at least 1")

    bootstrap = f".#legacyPackages.{current_system()}.bootstrap.python"
    with PrivateStore([]) as store:
        of_image, of_arm64, of_bootstrap = (
            fetched_files(closure(derivations_of([target], store=store), store=store), target)
            for target in (IMAGE, ARM64, bootstrap)
        )
    debs = [Path(file) for file in of_image if file.endswith(".deb") and file not in of_bootstrap]

    table = Table()
    for number in range(runs):
        print(f"bench: run {number + 1} of {runs}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="bench-checkout-") as folder:
            edited = Path(folder) / "checkout"
            copy_checkout(edited)
            with (edited / "runtime" / "start.sh").open("a") as script:
                script.write(f"# Edit {number}.\n")
            measure_builds(table, of_image, bootstrap, edited)
        with PrivateStore(of_arm64) as store:
            table.measure("the same for arm64", build(store, ARM64))
        measure_decompression(table, debs)
    print(f"{run('nix', '--version')[0]}, {os.cpu_count()} processors, median of {runs}")
    print(table)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("bench: stopped")
