"""What uv says of a lock."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.markers import Marker

UV = shutil.which("uv")
needs_uv = pytest.mark.skipif(UV is None, reason="uv is not on PATH")


def uv(*arguments: str, folder: Path, index: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run uv in a folder, with nothing of the machine's settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    environment |= {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    environment |= {"UV_CACHE_DIR": str(folder.parent / "uv-cache")}
    command = [str(UV), *arguments, *(["--default-index", index] if index else ["--offline"])]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def exported(folder: Path, *arguments: str) -> list[tuple[str, str]] | None:
    """The wheels of environments, as NAME==VERSION, each with its marker; None where uv refuses."""
    options = ["--frozen", "--no-hashes", "--no-emit-workspace", "--no-header", "--no-annotate", "--no-default-groups"]
    finished = uv("export", *options, *arguments, folder=folder)
    if finished.returncode != 0:
        assert "incompatible" in finished.stderr or "conflict" in finished.stderr, finished.stderr
        return None
    lines = [line.partition(" ; ") for line in finished.stdout.splitlines()]
    return [(pin.strip(), marker) for pin, _, marker in lines]


def installed(wheels: list[tuple[str, str]], environment: dict[str, str]) -> list[str]:
    """Those that one environment gets."""
    return sorted({pin for pin, marker in wheels if not marker or Marker(marker).evaluate(environment)})
