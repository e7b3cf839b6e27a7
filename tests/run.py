"""Run pytest on one folder of the repository, as a check in the Nix sandbox. The output holds the closing figures."""

import json
import os
import sys
from pathlib import Path

import pytest


class ClosingLine:
    """A plugin of pytest that keeps how many tests passed, were skipped, and so on."""

    text = ""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        counts = {name: len(terminalreporter.stats.get(name, [])) for name in ("passed", "skipped", "failed", "error")}
        self.text = ", ".join(f"{count} {name}" for name, count in counts.items())


def main() -> None:
    spec = json.loads(Path(os.environ["specPath"]).read_text())
    # Nix writes to these folders.
    scratch = os.environ["TMPDIR"]
    os.environ.update(HOME=scratch, NIX_STORE_DIR=f"{scratch}/nix/store", NIX_STATE_DIR=f"{scratch}/nix/var")
    os.environ.update(NIX_LOG_DIR=f"{scratch}/nix/log", NIX_CONF_DIR=f"{scratch}/nix/etc")
    closing = ClosingLine()
    os.chdir(spec["repository"])
    if status := pytest.main(["-rs", spec["folder"]], plugins=[closing]):
        sys.exit(int(status))
    Path(os.environ["out"]).write_text(f"{spec['folder']}: {closing.text}\n")


if __name__ == "__main__":
    main()
