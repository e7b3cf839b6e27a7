"""Run a test, as a derivation's builder, or `main.py SPEC` on any machine, with --interactive for a Python prompt."""

import argparse
import json
import os
import sys
from pathlib import Path

from driver import driver
from failure import TestFailure
from log import Log


def run(spec_path: Path, out: Path, interactive: bool = False) -> int:
    """The exit status; the names of the subtests go to the file `subtests` in `out`."""
    spec = json.loads(spec_path.read_text())
    log = Log()
    try:
        with driver(spec, out, log) as driving:
            if interactive:
                driving.interact()
                return 0
            failed = driving.test()
    except TestFailure as failure:
        failed = f"vm-tests: {spec['name']}: {failure}"
    if failed:
        log.line(f"\n{failed}")
        return 1
    log.line(f"{spec['name']}: passed\n{log.summary()}")
    out.mkdir(exist_ok=True)
    (out / "subtests").write_text("".join(f"{subtest.name}\n" for subtest in log.subtests))
    return 0


def main() -> int:
    if spec_path := os.environ.get("specPath"):
        return run(Path(spec_path), Path(os.environ["out"]))
    parser = argparse.ArgumentParser(prog="vm-test-driver")
    parser.add_argument("spec", type=Path)
    parser.add_argument("--interactive", action="store_true", help="a Python prompt instead of the test script")
    parser.add_argument("--output", type=Path, default=Path(), help="where copy_from_vm writes to (default: this folder)")
    arguments = parser.parse_args()
    return run(arguments.spec, arguments.output, arguments.interactive)


if __name__ == "__main__":
    sys.exit(main())
