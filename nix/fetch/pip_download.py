"""Wheels and source distributions through pip, which never builds one."""

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from careful_http import split_login
from fetch_error import FetchError, brief, writing
from lock_forms import WHEEL, check_forms, requirement
from pinned_files import Distribution, Wheel
from pip_settings import isolated, with_index
from pip_watch import ended

OPTIONS = ("--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-color")
WHEEL_OPTIONS = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--ignore-requires-python")
BATCH = 16  # files that one pip brings, one after the other
CHANGED = "sha256 differs: the index or a proxy changed the file"
TOO_SLOW = "the index sends next to nothing"


def batches(files: Sequence[Distribution]) -> list[list[Distribution]]:
    """Groups files so that one pip can bring each group: of one index, not too many; wheels of equal tags, no project
    twice. Raises FetchError.
    """
    groups: dict[object, list[Distribution]] = {}
    seen: Counter[object] = Counter()
    for file in files:
        tags = tag_options(file.filename) if _is_for_pip(file) else None
        groups.setdefault((file.index, tags, tags and seen[file.index, tags, file.project]), []).append(file)
        seen[file.index, tags, file.project] += 1
    return [group[start : start + BATCH] for group in groups.values() for start in range(0, len(group), BATCH)]


def _is_for_pip(file: Distribution) -> bool:
    """Whether `pip download` itself brings the file: it would run the build backend of a source distribution, and may
    take what is at a URL for one.
    """
    return isinstance(file, Wheel) and not file.url


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


def _pip_wheel() -> list[str]:
    """Debian keeps pip as a wheel, from which Python runs it as it is. Elsewhere there is none."""
    return [str(path) for path in sorted(Path(sys.base_prefix, "share/python-wheels").glob("pip-*.whl"))[-1:]]


def pip_command(python: str) -> list[str]:
    """How the interpreter `python`, one of the kind that runs this, starts pip."""
    return [python, "-s", "-P", *([f"{wheel}/pip" for wheel in _pip_wheel()] or ["-m", "pip"])]


class PipDownload:
    """Runs the pip of the interpreter `python`; `stop` ends what still runs."""

    def __init__(self, python: str) -> None:
        self._python, self._pip = python, pip_command(python)
        self._environment: dict[str, str] = {}
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def download(self, files: Sequence[Distribution], folder: Path) -> dict[Distribution, FetchError]:
        """Brings the files of one batch into the existing `folder`, as many as possible; gives the others' errors."""
        wheels = [file for file in files if isinstance(file, Wheel) and _is_for_pip(file)]
        return self._download_wheels(wheels, folder) if wheels else self._download_files(files, folder)

    def _download_wheels(self, wheels: Sequence[Wheel], folder: Path) -> dict[Distribution, FetchError]:
        errors: dict[Distribution, FetchError] = {}
        remaining = list(wheels)
        requirements = folder / "requirements.txt"
        options = [*WHEEL_OPTIONS, *tag_options(wheels[0].filename), "--dest", str(folder)]
        command = [*self._pip, "download", *OPTIONS, *options, "--requirement", str(requirements)]
        while remaining:
            with writing(requirements):
                requirements.write_text("".join(f"{requirement(wheel)}\n" for wheel in remaining))
            status, output = self._run(command, folder, wheels[0].index)
            if status == 0:
                break
            # pip stops at the first wheel that it cannot get, and then saves none of the others.
            failed, error = condense(output, remaining)
            errors |= dict.fromkeys(failed, error)
            remaining = [wheel for wheel in remaining if wheel not in failed]
        return errors

    def _download_files(self, files: Sequence[Distribution], folder: Path) -> dict[Distribution, FetchError]:
        for file in files:
            check_forms(file)
        listed = folder / "files.json"
        keys = ("project", "filename", "sha256", "url")
        with writing(listed):
            listed.write_text(json.dumps([{key: getattr(file, key) for key in keys} for file in files]))
        command = [self._python, "-s", "-P", str(Path(__file__).with_name("file_download.py")), *OPTIONS, str(listed)]
        status, output = self._run(command, folder, files[0].index)
        return {} if status == 0 else condense_files(output, files)

    def stop(self) -> None:
        """Ends the running pips and waits for them; no other starts any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()
                process.wait()

    def _run(self, command: list[str], folder: Path, index: str) -> tuple[int, str]:
        """Runs a pip, which writes to `folder` alone; gives its exit status and what it said."""
        output = folder / "output"
        with self._lock, writing(output), output.open("wb") as out:
            if self._stopped:
                return 1, "stopped"
            self._environment = self._environment or isolated(self._pip, os.environ)
            environment = with_index(index, self._environment) if index else self._environment
            process = subprocess.Popen(
                command,
                env=environment | {"TMPDIR": str(folder), "PYTHONPATH": ":".join(_pip_wheel())},
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
    thing, fix = failed[0].name if failed else "wheels", _check_index(wheels[0])
    if "DO NOT MATCH THE HASHES" in complaint:
        return failed or wheels, FetchError(f"{thing}: {CHANGED}")
    if error := _hopeless(output, wheels[0], thing):
        return wheels, error
    reasons = re.findall(r"^ERROR: *(.+)", complaint, re.MULTILINE) or output.strip().splitlines() or ["failed"]
    return failed or wheels, FetchError(f"{thing}: pip: {brief(reasons[-1])}; {fix}")


def condense_files(output: str, files: Sequence[Distribution]) -> dict[Distribution, FetchError]:
    """Why file_download.py failed for each file that did not come, from all that it wrote."""
    reasons = dict(re.findall(r"^ERROR: (\S+): (.+)", output, re.MULTILINE))
    last = (output.strip().splitlines() or ["failed"])[-1]
    errors: dict[Distribution, FetchError] = {}
    for file in files:
        reason = reasons.get(file.filename, f"pip: {brief(last)}")
        if reason == CHANGED:
            errors[file] = FetchError(f"{file.name}: {CHANGED}")
        else:
            error = FetchError(f"{file.name}: {brief(reason)}; {_check_index(file)}")
            errors[file] = _hopeless(output, file, file.name) or error
    return errors


def _check_index(file: Distribution) -> str:
    """What a user is to check where a file is not to be had."""
    if named := file.url or file.index:
        return f"check {brief(split_login(named)[0])}, which the lock names, and its login in ~/.netrc"
    return "check the index in pip's configuration"


def _hopeless(output: str, file: Distribution, thing: str) -> FetchError | None:
    """The error, if there is one, after which no other file can be had from where `file` is."""
    named = brief(split_login(file.url or file.index)[0])
    if output == TOO_SLOW:
        return FetchError(f"{thing}: {TOO_SLOW}; {_check_index(file)}, and the network", hopeless=not named)
    if "No space left on device" in output:
        return FetchError(f"{thing}: No space left on device; free some, or set TMPDIR", hopeless=True)
    if broken := re.search(r"Retrying \(.*connection broken by '(\w+)", output):
        what = f"pip cannot reach {named or 'the package index'}: {broken[1]}"
        fix = "check the network, the proxy and the index in pip's configuration"
        return FetchError(f"{thing}: {what}; {fix}", hopeless=not named)
    return None
