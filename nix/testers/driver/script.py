"""The script of a test → the same script, if it names only what there is."""

from pathlib import Path
from typing import Any

from names import complaints


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the script to the file `out`.

    testScript  Python source
    nodes       the names of the machines
    lint        whether to look for all names, or only for those of NixOS's driver

    Raises ValueError, in one line that tells all names that do not exist.
    """
    try:
        found = complaints(spec["testScript"], spec["nodes"], spec["lint"])
    except ValueError as error:
        raise ValueError(f"testScript: {error}") from None
    if found:
        raise ValueError(f"testScript: {'; '.join(found)}")
    out.write_text(spec["testScript"])


if __name__ == "__main__":
    from builder import run

    run("testers", build)
