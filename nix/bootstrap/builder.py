"""How a builder's program meets Nix: its spec comes from the file `specPath`, its output goes to `out`."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(stage: str, build: Callable[[dict[str, Any], Path], None]) -> None:
    """Call `build(spec, out)`, and end with exit status 1 and one line if it raises ValueError.

    That is the error for what a user caused. The line has the stage, the spec's name if it has one, and the error's
    text.
    """
    spec = json.loads(Path(os.environ["specPath"]).read_text())
    try:
        build(spec, Path(os.environ["out"]))
    except ValueError as error:
        sys.exit(": ".join([stage, *([spec["name"]] if "name" in spec else []), str(error)]))
