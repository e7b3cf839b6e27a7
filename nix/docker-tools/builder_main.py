"""How a builder's main file meets Nix: its spec comes from the file `specPath`, its output goes to `out`."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(build: Callable[[dict[str, Any], Path], None]) -> None:
    """Call `build(spec, out)`; a ValueError, which the user caused, becomes one line that names `spec["name"]`."""
    spec = json.loads(Path(os.environ["specPath"]).read_text())
    try:
        build(spec, Path(os.environ["out"]))
    except ValueError as error:
        sys.exit(f"docker-tools: {spec['name']}: {error}")
