"""How a builder's program meets Nix: its spec comes from the file `specPath`, its output goes to `out`."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(stage: str, build: Callable[[dict[str, Any], Path], None]) -> None:
    """Call `build(spec, out)`, and end with exit status 1 and one line if it raises ValueError or OSError.

    These are the errors for what a user caused, and for what the machine lacks. The line has the stage, the spec's name
    if it has one, and the error's text, in which a question mark stands for what is not printable.
    """
    spec = json.loads(Path(os.environ["specPath"]).read_text())
    try:
        build(spec, Path(os.environ["out"]))
    except (ValueError, OSError) as error:
        line = ": ".join([stage, *([spec["name"]] if "name" in spec else []), str(error)])
        sys.exit("".join(character if character.isprintable() else "?" for character in line))
