"""Wheels that were built of sources, and the sources of which none could be built."""

import json
from pathlib import Path
from typing import Any


def with_names(wheels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The wheels {"filename", "path"}. One without a filename is in the folder that build_wheel.py has made: now with both.

    Raises ValueError, in one line, with all those that could not be built.
    """
    problems = [json.loads(file.read_text()) for wheel in wheels if (file := Path(wheel["path"], "problem")).is_file()]
    if problems:
        reasons = "; ".join(f"{_label(problem)}: {problem['why']}" for problem in problems)
        cures = " ".join(f"wheels.{problem['project']} = ./{_file(problem)};" for problem in problems)
        raise ValueError(f"{reasons}; require versions that have wheels, or build these and give {cures}")
    return [_named(wheel) for wheel in wheels]


def _named(wheel: dict[str, Any]) -> dict[str, Any]:
    if wheel["filename"] is not None:
        return wheel
    (file,) = Path(wheel["path"]).iterdir()
    return {**wheel, "filename": file.name, "path": str(file)}


def _label(problem: dict[str, Any]) -> str:
    return " ".join(part for part in (problem["project"], problem["version"]) if part)


def _file(problem: dict[str, Any]) -> str:
    """The name of the wheel that is missing, as far as it is known."""
    return f"{problem['project'].replace('-', '_')}-{problem['version'] or 'VERSION'}-….whl"
