"""Brings pinned files, given by their store derivations, into the Nix store or a folder.

Run by the script `fetch`, which knows the derivations and the mirrors, sets TMPDIR and removes that folder afterwards.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from fetch_error import FetchError, writing
from fetch_progress import Progress
from file_folder import FileFolder
from mirror_download import MirrorDownload
from nix_store import NixStore
from pinned_files import Deb, Distribution, PinnedFile, read_derivations, verify
from pip_download import PipDownload, batches

# Files that came and await their addition: enough of them to run Nix seldom, few enough for a small temporary folder.
ADD_FILES, ADD_BYTES = 32, 64_000_000
PIPS = 4  # at a time; each keeps a processor busy
ERRORS_SHOWN = 20
SIGNALS = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM})

# What a job brings: each file, either with the path where it now is, verified, or with the error that kept it away.
Arrival = tuple[PinnedFile, Path | FetchError]
Job = Callable[[], list[Arrival]]


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Parses the arguments, which come from the script `fetch`; no user writes them."""
    parser = argparse.ArgumentParser(prog="fetch", allow_abbrev=False)
    parser.add_argument("--python", default=sys.executable, help="what starts this interpreter")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--from", dest="source", type=Path)
    parser.add_argument("--to", dest="destination", type=Path)
    parser.add_argument("--mirror", nargs=2, metavar=("ARCHIVE", "URL"), action="append", default=[])
    parser.add_argument("--file", metavar="JSON", action="append", default=[])
    parser.add_argument("derivations", type=Path, nargs="*")
    return parser.parse_args(arguments)


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The proxies for Debian mirrors by scheme: the standard variables first, then those that apt's settings gave."""
    apt = {scheme: environment.get(f"deb_{scheme}_proxy", "") for scheme in ("http", "https")}
    return {scheme: url for scheme, url in apt.items() if url} | urllib.request.getproxies()


def wanted_files(derivations: Sequence[Path], records: Sequence[str], store: NixStore) -> list[PinnedFile]:
    """The files of `derivations` and of `records` (JSON: name, sha256, archive, path, pins, size), each once."""
    files = {file.store_path: file for file in read_derivations(derivations)}
    for record in records:
        fields = json.loads(record)
        fields["size"] = int(fields["size"])
        deb = Deb(store_path=store.path_of(fields["name"], fields["sha256"]), **fields)
        files.setdefault(deb.store_path, deb)
    return list(files.values())


def new_folder() -> Path:
    """Makes an empty temporary folder, since two files of a run may have the same name."""
    with writing(Path(tempfile.gettempdir())):
        return Path(tempfile.mkdtemp())


def one_job(file: PinnedFile, bring: Callable[[], Path]) -> Job:
    """The job of one file; `bring` gives the path of the verified file or raises FetchError."""

    def job() -> list[Arrival]:
        try:
            return [(file, bring())]
        except FetchError as error:
            return [(file, error)]

    return job


def store_job(file: PinnedFile) -> Job:
    """Takes a file that the store has."""

    def bring() -> Path:
        verify(file, Path(file.store_path))
        return Path(file.store_path)

    return one_job(file, bring)


def mirror_job(deb: Deb, mirrors: MirrorDownload) -> Job:
    """Downloads a Debian package."""

    def bring() -> Path:
        path = new_folder() / deb.name
        mirrors.download(deb, path)
        return path

    return one_job(deb, bring)


def pip_job(files: Sequence[Distribution], pip: PipDownload, progress: Progress) -> Job:
    """Lets pip download a batch of wheels or source distributions."""

    def job() -> list[Arrival]:
        try:
            folder = new_folder()
            errors = pip.download(files, folder)
        except FetchError as error:
            return [(file, error) for file in files]
        arrivals: list[Arrival] = []
        for file in files:
            path = folder / file.filename
            if path.is_file():
                path = path.rename(folder / file.name)
                progress.add_bytes(path.stat().st_size)
                arrivals.append((file, path))
            else:
                arrivals.append((file, errors.get(file) or FetchError(f"{file.name}: pip left no such file")))
        return arrivals

    return job


@contextmanager
def running(jobs: Sequence[Job], pip_jobs: Sequence[Job], threads: int) -> Iterator[Iterator[Arrival]]:
    """Runs the jobs; gives what they bring as it comes. Leaving early drops the jobs that have not begun."""
    with ExitStack() as stack:
        pools = [ThreadPoolExecutor(threads), ThreadPoolExecutor(min(threads, PIPS))]
        for pool in pools:
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        futures = [pool.submit(job) for pool, work in zip(pools, (jobs, pip_jobs), strict=True) for job in work]
        yield (arrival for future in as_completed(futures) for arrival in future.result())


def add_all(arrivals: Iterator[Arrival], destination: NixStore | FileFolder, progress: Progress) -> list[FetchError]:
    """Adds what comes to `destination`, some files at a time; the errors of the others, the hopeless one last."""
    errors: list[FetchError] = []
    ready: list[tuple[PinnedFile, Path]] = []

    def flush() -> None:
        destination.add(ready)
        for _, path in ready:
            if path.is_relative_to(tempfile.gettempdir()):
                path.unlink()
        ready.clear()

    try:
        for file, outcome in arrivals:
            if isinstance(outcome, FetchError):
                errors.append(outcome)
                if outcome.hopeless:
                    break
                continue
            ready.append((file, outcome))
            progress.add_file()
            if len(ready) >= ADD_FILES or sum(path.stat().st_size for _, path in ready) >= ADD_BYTES:
                flush()
        flush()
    except FetchError as error:
        errors.append(error)
    return errors


def fetch(chosen: argparse.Namespace, store: NixStore, pip: PipDownload) -> list[FetchError]:
    """Brings the files that `chosen` names to where it wants them; the errors of those that could not be had."""
    files = wanted_files(chosen.derivations, chosen.file, store)
    absent = store.absent([file.store_path for file in files])
    destination = FileFolder(chosen.destination) if chosen.destination else store
    if isinstance(destination, FileFolder):
        files = [file for file in files if not destination.has(file)]
    else:
        files = [file for file in files if file.store_path in absent]
    progress = Progress(len(files), sys.stderr)

    jobs = [store_job(file) for file in files if file.store_path not in absent]
    files = [file for file in files if file.store_path in absent]
    pip_jobs: list[Job] = []
    if chosen.source:
        source = FileFolder(chosen.source)
        jobs += [one_job(file, partial(source.get, file)) for file in files]
    else:
        urls: dict[str, list[str]] = {}
        for archive, url in chosen.mirror:
            urls.setdefault(archive, []).append(url)
        mirrors = MirrorDownload(urls, proxies(os.environ), progress.add_bytes)
        debs = sorted((file for file in files if isinstance(file, Deb)), key=lambda deb: -deb.size)
        jobs += [mirror_job(deb, mirrors) for deb in debs]
        pip_jobs = [
            pip_job(batch, pip, progress) for batch in batches([f for f in files if isinstance(f, Distribution)])
        ]
    with running(jobs, pip_jobs, chosen.jobs) as arrivals:
        errors = add_all(arrivals, destination, progress)
    progress.clear()
    return errors


def report(errors: Sequence[FetchError]) -> int:
    """Writes the errors, a hopeless one alone, to stderr; gives the exit status."""
    lines = sorted({str(error) for error in errors if error.hopeless} or {str(error) for error in errors})
    if len(lines) > ERRORS_SHOWN:
        lines[ERRORS_SHOWN:] = [f"and {len(lines) - ERRORS_SHOWN} more files"]
    for line in lines:
        print(f"fetch: {line}", file=sys.stderr)
    return 1 if lines else 0


def end_on_signal(pip: PipDownload) -> None:
    """Waits for a signal (blocked in every thread), then ends the pips and this process at once."""
    number = signal.sigwait(SIGNALS)
    pip.stop()
    os._exit(128 + number)


def main(arguments: Sequence[str]) -> int:
    """Runs the program; gives its exit status."""
    chosen = options(arguments)
    pip = PipDownload(chosen.python)
    # A handler would have to wait until the main thread, itself waiting for downloads, wakes up.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=end_on_signal, args=(pip,), daemon=True).start()
    try:
        return report(fetch(chosen, NixStore(), pip))
    except FetchError as error:
        return report([error])
    finally:
        pip.stop()


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stderr.flush()
    # The usual end would wait for threads that still wait for the network.
    os._exit(status)
