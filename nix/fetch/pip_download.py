"""Wheels from the package index, through pip and its own configuration."""

import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fetch_error import FetchError, writing
from pinned_files import Wheel

DOWNLOAD_OPTIONS = (
    *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--ignore-requires-python", "--no-cache-dir"),
    *("--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-color"),
)
BATCH = 16  # wheels that one pip brings, one after the other


def batches(wheels: Sequence[Wheel]) -> list[list[Wheel]]:
    """Groups wheels so that one pip can bring each group: equal tags, no project twice, not too many."""
    groups: dict[tuple[tuple[str, ...], int], list[Wheel]] = {}
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    for wheel in wheels:
        tags = tag_options(wheel.name)
        groups.setdefault((tags, seen[tags, wheel.project]), []).append(wheel)
        seen[tags, wheel.project] += 1
    return [group[start : start + BATCH] for group in groups.values() for start in range(0, len(group), BATCH)]


def tag_options(filename: str) -> tuple[str, ...]:
    """The options with which `pip download` takes this wheel as fit, from the tags of its name.

    Binary distribution format: {name}-{version}(-{build})?-{python}-{abi}-{platform}.whl; each tag may be a dotted set.
    """
    python, abi, platform = filename.removesuffix(".whl").split("-")[-3:]
    interpreter = re.fullmatch(r"([a-z]+)(\d+)", python.split(".")[-1])
    if interpreter is None:
        raise FetchError(f"{filename}: no Python version in its tags; run nix run .#update")
    options = ["--implementation", interpreter[1], "--python-version", interpreter[2]]
    options += (part for tag in abi.split(".") for part in ("--abi", tag))
    options += (part for tag in platform.split(".") for part in ("--platform", tag))
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
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def download(self, wheels: Sequence[Wheel], folder: Path) -> dict[Wheel, FetchError]:
        """Brings wheels of one batch into the existing `folder`, as many as possible; gives the others' errors."""
        errors: dict[Wheel, FetchError] = {}
        remaining = list(wheels)
        command = [*self._pip, "download", *DOWNLOAD_OPTIONS, *tag_options(wheels[0].name)]
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
        requirements = folder / "requirements.txt"
        with writing(requirements):
            requirements.write_text(
                "".join(f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in wheels)
            )
        with self._lock:
            if self._stopped:
                return 1, "stopped"
            process = subprocess.Popen(
                [*command, "--dest", str(folder), "--requirement", str(requirements)],
                env=os.environ | {"PIP_REQUIRE_VIRTUALENV": "0"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            self._running.add(process)
        output, _ = process.communicate()
        with self._lock:
            self._running.discard(process)
        return process.returncode, output


def condense(output: str, wheels: Sequence[Wheel]) -> tuple[Sequence[Wheel], FetchError]:
    """Which of `wheels` pip failed for, and one line that says why, from all that it wrote."""
    complaint = output[output.find("ERROR:") :]
    failed = [wheel for wheel in wheels if f"{wheel.project}=={wheel.version} " in complaint.replace("\n", " ")][:1]
    thing = failed[0].name if failed else "wheels"
    if "No space left on device" in complaint:
        return wheels, FetchError(f"{thing}: No space left on device; free some, or set TMPDIR", hopeless=True)
    if "DO NOT MATCH THE HASHES" in complaint:
        return failed or wheels, FetchError(f"{thing}: sha256 differs: the index or a proxy changed the file")
    if broken := re.search(r"Retrying \(.*connection broken by '(\w+)", output):
        fix = "check the network, the proxy and the index in pip's configuration"
        return wheels, FetchError(f"{thing}: pip cannot reach the package index: {broken[1]}; {fix}", hopeless=True)
    reasons = re.findall(r"^ERROR: *(.+)", complaint, re.MULTILINE) or output.strip().splitlines() or ["failed"]
    return failed or wheels, FetchError(f"{thing}: pip: {reasons[-1]}; check the index in pip's configuration")
