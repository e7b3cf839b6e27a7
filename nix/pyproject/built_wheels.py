"""Wheels that were built of sources, and the sources of which none could be built."""

import json
import re
import sys
from pathlib import Path
from typing import Any


def with_names(wheels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The wheels {"filename", "path"}, where a file name may be null: then it is that of the file.

    The path of such a wheel may be a folder that build_wheel.py has made. What that notes goes to stderr.
    Raises ValueError, in one line, with all those that could not be built.
    """
    problems = [json.loads(file.read_text()) for wheel in wheels if (file := Path(wheel["path"], "problem")).is_file()]
    if problems:
        reasons = "; ".join(f"{_label(problem)}: {problem['why']}" for problem in problems)
        cures = "; ".join(f"wheels.{problem['project']} = ./{_file(problem)}" for problem in problems)
        own = ", ".join(problem["project"] for problem in problems if problem["local"])
        mend = f"mend the build of {own}; " if own else ""
        raise ValueError(
            f"{reasons}; {mend}require versions that have wheels, or build these elsewhere and give {cures}"
        )
    return [wheel if wheel["filename"] else {**wheel, **_named(Path(wheel["path"]))} for wheel in wheels]


def _named(path: Path) -> dict[str, str]:
    if not path.is_dir():
        # The store puts a hash before the name.
        return {"filename": re.sub("^[0-9a-z]{32}-", "", path.name), "path": str(path)}
    (file,) = path.glob("*.whl")
    note = path / "note"
    if note.is_file():
        print(f"pyproject: {file.name}: {note.read_text()}", file=sys.stderr)
    return {"filename": file.name, "path": str(file)}


def _label(problem: dict[str, Any]) -> str:
    return " ".join(part for part in (problem["project"], problem["version"]) if part)


def _file(problem: dict[str, Any]) -> str:
    """The name of the wheel that is missing, as far as it is known."""
    return f"{problem['project'].replace('-', '_')}-{problem['version'] or 'VERSION'}-….whl"
