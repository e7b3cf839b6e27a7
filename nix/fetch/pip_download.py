"""Wheels from the package index, through pip, which never builds one."""

import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fetch_error import FetchError, brief, writing
from lock_forms import WHEEL, requirement
from pinned_files import Wheel
from pip_settings import isolated
from pip_watch import ended

DOWNLOAD_OPTIONS = (
    *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--ignore-requires-python", "--no-cache-dir"),
    *("--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-color"),
)
BATCH = 16  # wheels that one pip brings, one after the other
TOO_SLOW = "the index sends next to nothing"


def batches(wheels: Sequence[Wheel]) -> list[list[Wheel]]:
    """Groups wheels so that one pip can bring each group: equal tags, no project twice, not too many."""
    groups: dict[tuple[tuple[str, ...], int], list[Wheel]] = {}
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    for wheel in wheels:
        tags = tag_options(wheel.filename)
        groups.setdefault((tags, seen[tags, wheel.project]), []).append(wheel)
        seen[tags, wheel.project] += 1
    return [group[start : start + BATCH] for group in groups.values() for start in range(0, len(group), BATCH)]


def tag_options(filename: str) -> tuple[str, ...]:
    """The options with which `pip download` takes this wheel as fit, from the tags of its name. Raises FetchError."""
    tags = filename.removesuffix(".whl").split("-")[-3:] if WHEEL.fullmatch(filename) else [""]
    interpreter = re.fullmatch(r"([a-z]+)([0-9]+)", tags[0].split(".")[-1])
    if interpreter is None:
        raise FetchError(f"{brief(filename)}: no Python version in its tags; make the lock again by its tool")
    options = ["--implementation", interpreter[1], "--python-version", interpreter[2]]
    options += (part for tag in tags[1].split(".") for part in ("--abi", tag))
    options += (part for tag in tags[2].split(".") for part in ("--platform", tag))
    return tuple(options)


def pip_command(python: str) -> list[str]:
    """How the interpreter `python`, one of the kind that runs this, starts pip."""
    # Debian keeps pip as a wheel, which Python runs as it is.
    wheels = sorted(Path(sys.base_prefix, "share/python-wheels").glob("pip-*.whl"))
    return [python, "-s", "-P", *([f"{wheels[-1]}/pip"] if wheels else ["-m", "pip"])]


class PipDownload:
    """Runs the pip of the interpreter `python`; `stop` ends what still runs."""

    def __init__(self, python: str) -> None:
        self._pip = pip_command(python)
        self._environment: dict[str, str] = {}
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def download(self, wheels: Sequence[Wheel], folder: Path) -> dict[Wheel, FetchError]:
        """Brings wheels of one batch into the existing `folder`, as many as possible; gives the others' errors."""
        errors: dict[Wheel, FetchError] = {}
        remaining = list(wheels)
        command = [*self._pip, "download", *DOWNLOAD_OPTIONS, *tag_options(wheels[0].filename)]
        while remaining:
            status, output = self._run(command, remaining, folder)
            if status == 0:
                break
            # pip stops at the first wheel that it cannot get, and then saves none of the others.
            failed, error = condense(output, remaining)
            errors |= dict.fromkeys(failed, error)
            remaining = [wheel for wheel in remaining if wheel not in failed]
        return errors

    def stop(self) -> None:
        """Ends the running pips and waits for them; no other starts any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()
                process.wait()

    def _run(self, command: list[str], wheels: Sequence[Wheel], folder: Path) -> tuple[int, str]:
        requirements, output = folder / "requirements.txt", folder / "output"
        with writing(requirements):
            requirements.write_text("".join(f"{requirement(wheel)}\n" for wheel in wheels))
        with self._lock, writing(output), output.open("wb") as out:
            if self._stopped:
                return 1, "stopped"
            self._environment = self._environment or isolated(self._pip, os.environ)
            process = subprocess.Popen(
                [*command, "--dest", str(folder), "--requirement", str(requirements)],
                env=self._environment | {"TMPDIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            self._running.add(process)
        in_time = ended(process, folder, output)
        with self._lock:
            self._running.discard(process)
        return process.returncode, output.read_text(errors="replace") if in_time else TOO_SLOW


def condense(output: str, wheels: Sequence[Wheel]) -> tuple[Sequence[Wheel], FetchError]:
    """Which of `wheels` pip failed for, and one line that says why, from all that it wrote."""
    complaint = output[output.find("ERROR:") :]
    failed = [wheel for wheel in wheels if f"{wheel.project}=={wheel.version} " in complaint.replace("\n", " ")][:1]
    thing = failed[0].name if failed else "wheels"
    if output == TOO_SLOW:
        what = f"{TOO_SLOW}; check the network and the index in pip's configuration"
        return wheels, FetchError(what, hopeless=True)
    if "No space left on device" in complaint:
        return wheels, FetchError(f"{thing}: No space left on device; free some, or set TMPDIR", hopeless=True)
    if "DO NOT MATCH THE HASHES" in complaint:
        return failed or wheels, FetchError(f"{thing}: sha256 differs: the index or a proxy changed the file")
    if broken := re.search(r"Retrying \(.*connection broken by '(\w+)", output):
        fix = "check the network, the proxy and the index in pip's configuration"
        return wheels, FetchError(f"{thing}: pip cannot reach the package index: {broken[1]}; {fix}", hopeless=True)
    reasons = re.findall(r"^ERROR: *(.+)", complaint, re.MULTILINE) or output.strip().splitlines() or ["failed"]
    return failed or wheels, FetchError(f"{thing}: pip: {brief(reasons[-1])}; check the index in pip's configuration")
