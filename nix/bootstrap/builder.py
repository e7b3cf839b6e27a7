"""How a builder's program meets Nix: its spec comes from the file `specPath`, its output goes to `out`."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(stage: str, build: Callable[[dict[str, Any], Path], None]) -> None:
    """Call `build(spec, out)`; a ValueError, which the user caused, becomes one line: the stage, spec["name"], the error."""
    spec = json.loads(Path(os.environ["specPath"]).read_text())
    try:
        build(spec, Path(os.environ["out"]))
    except ValueError as error:
        sys.exit(": ".join([stage, *([spec["name"]] if "name" in spec else []), str(error)]))
