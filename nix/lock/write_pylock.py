"""pylock.toml (PEP 751) from the files that say what a project requires, by uv.

Run by the script `lock`, which knows where uv and a Python are.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from fetch_error import FetchError, brief
from pip_download import pip_command
from pip_settings import isolated

LOCK = Path("pylock.toml")
DRAFT = Path("pylock.draft.toml")
NEWEST = "3.13"
# uv takes a package from the first index that has it; pip takes the best version of all. No Python is downloaded.
UV_AS_PIP = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_PYTHON_DOWNLOADS": "never"}
OTHER_LOCKS = ("poetry.lock", "uv.lock")


class LockError(Exception):
    """What is wrong, and the fix, in one line."""


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Parses the arguments. Ends with a line for a wrong one."""
    parser = argparse.ArgumentParser(prog="lock", allow_abbrev=False, usage=argparse.SUPPRESS)
    parser.add_argument("--uv", required=True)
    parser.add_argument("--interpreter", required=True)
    parser.add_argument("--python")
    parser.add_argument("--upgrade", action="store_true")
    parser.add_argument("files", type=Path, nargs="*")
    return parser.parse_args(arguments)


def index_settings(pip: Mapping[str, str]) -> dict[str, str]:
    """What pip's settings, as variables of pip, are as variables of uv.

    Example: index_settings({"PIP_INDEX_URL": "https://index.example/simple"}) ==
             {"UV_DEFAULT_INDEX": "https://index.example/simple"}
    """
    names = {
        "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
        "PIP_EXTRA_INDEX_URL": "UV_INDEX",
        "PIP_NO_INDEX": "UV_NO_INDEX",
        "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
        "PIP_CERT": "SSL_CERT_FILE",
        "PIP_PROXY": "ALL_PROXY",
    }
    found = {uv: " ".join(pip[name].split()) for name, uv in names.items() if pip.get(name)}
    if pip.get("PIP_FIND_LINKS"):
        found["UV_FIND_LINKS"] = ",".join(pip["PIP_FIND_LINKS"].split())
    return found


def default_files() -> list[Path]:
    """The file to lock where none is named. Raises LockError if there is none, or the folder has another lock."""
    for name in OTHER_LOCKS:
        if Path(name).exists():
            raise LockError(f"{name}: it is a lock already; build with it, or name the file to lock")
    for path in (Path("requirements.txt"), Path("pyproject.toml")):
        if path.exists():
            return [path]
    raise LockError("no requirements.txt and no pyproject.toml in this folder; name the file to lock")


def lowest_python() -> str:
    """The lowest Python that pyproject.toml requires, such as "3.11". Raises LockError if it cannot be read."""
    try:
        pyproject = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return NEWEST
    except (OSError, ValueError) as error:
        raise LockError(f"pyproject.toml: {brief(str(error))}; mend it") from None
    project = pyproject.get("project")
    required = str(project.get("requires-python", "")) if isinstance(project, dict) else ""
    lowest = re.search(r"(?:>=|~=|==)\s*(3\.[0-9]+)", required)
    return lowest[1] if lowest else NEWEST


def lock(chosen: argparse.Namespace) -> None:
    """Writes the lock. Raises LockError, and FetchError for a wrong configuration of pip; the old lock stays then."""
    files = chosen.files or default_files()
    for path in files:
        if not path.is_file():
            raise LockError(f"{path}: no such file; name one that there is")
    python = chosen.python or lowest_python()
    if not re.fullmatch(r"3\.[0-9]+(\.[0-9]+)?", python):
        raise LockError(f"--python {python}: not a version such as {NEWEST}")
    pip = isolated(pip_command(chosen.interpreter), os.environ)
    command = [chosen.uv, "pip", "compile", "--quiet", "--universal", "--no-header", "--format", "pylock.toml"]
    command += ["--python", chosen.interpreter, "--python-version", python, "--output-file", str(DRAFT)]
    command += ["--upgrade"] if chosen.upgrade else []
    try:
        if LOCK.exists():
            shutil.copyfile(LOCK, DRAFT)  # uv keeps the versions that it finds there
        environment = {**os.environ, **UV_AS_PIP, **index_settings(pip)}
        done = subprocess.run([*command, *map(str, files)], env=environment, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise LockError(f"{files[0]}: uv: {brief(' '.join(done.stderr.split()))}")
        DRAFT.replace(LOCK)
    finally:
        DRAFT.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    try:
        lock(options(arguments))
    except (LockError, FetchError) as error:
        print(f"lock: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"lock: {error.filename or LOCK}: {error.strerror}; make the folder writable", file=sys.stderr)
        return 1
    print(f"lock: wrote {LOCK}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
