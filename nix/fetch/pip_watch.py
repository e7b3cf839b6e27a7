"""An end to a pip whose index sends next to nothing, for which pip itself would wait for ever."""

import subprocess
from pathlib import Path

WINDOW = 120.0  # seconds in which a pip must get on
LEAST = 120_000  # bytes of files that it must have brought in them, unless it has begun with another wheel


def ended(process: "subprocess.Popen[bytes]", folder: Path, output: Path) -> bool:
    """Waits for pip; whether it ended by itself, or was killed since it got on too slowly.

    `folder` holds the files that it writes, temporary ones too. It writes a line to `output`, one of them, whenever it
    begins with a wheel.
    """
    said, brought = 0, 0
    while True:
        try:
            process.wait(WINDOW)
            return True
        except subprocess.TimeoutExpired:
            said_before, brought_before = said, brought
            said, brought = _size(output), sum(_size(path) for path in folder.rglob("*"))
            if said == said_before and brought - brought_before < LEAST:
                process.kill()
                process.wait()
                return False


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # it was a temporary one
        return 0
