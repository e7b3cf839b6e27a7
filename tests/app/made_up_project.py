"""mkAppImage of a made-up project, evaluated by Nix."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
# A project with a lock, as `nix run .#new` writes it.
NEW = REPOSITORY / "templates/new"

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]


class Project:
    """A folder with an app, and what mkAppImage makes of it."""

    def __init__(self, folder: Path, evaluate: Evaluate) -> None:
        self.folder = folder
        self.evaluate = evaluate

    def write(self, name: str, text: str = "") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _evaluated(self, arguments: str, attribute: str) -> "subprocess.CompletedProcess[str]":
        return self.evaluate(
            "--expr",
            f"""
            let
              set = import {REPOSITORY}/nix {{ system = "x86_64-linux"; }};
              image = set.mkAppImage ({{ src = {self.folder}; }} // {{ {arguments} }});
            in
            {attribute}
            """,
        )

    def image(self, arguments: str = "", attribute: str = "image.drvPath") -> Any:
        """An attribute of its image."""
        finished = self._evaluated(arguments, attribute)
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    def refused(self, arguments: str = "") -> str:
        """The line in which Nix says what is wrong."""
        finished = self._evaluated(arguments, "image.drvPath")
        assert finished.returncode != 0
        (line,) = [line for line in finished.stderr.splitlines() if line.startswith("error: ")]
        return line.removeprefix("error: ")
