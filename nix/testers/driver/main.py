"""Run a VM test, or give a person its machines: `main.py SPEC`. SPEC is a JSON file, which driver.Driver describes."""

import argparse
import json
import sys
from pathlib import Path

from driver import driver
from ending import Ended, raise_ended_on_signals
from failure import TestFailure
from log import Log


def main() -> int:
    """The exit status. The names of the subtests go to the file `subtests` in the output, if one is asked for.

    SIGHUP, SIGINT and SIGTERM end the machines, and then this program with status 1.
    """
    parser = argparse.ArgumentParser(prog="vm-test-driver")
    parser.add_argument("spec", type=Path, help="the test's specification")
    parser.add_argument("--program", help="how this program was started, for the report of a failure")
    parser.add_argument("--interactive", action="store_true", help="a Python prompt instead of the test's script")
    parser.add_argument(
        "--output", type=Path, help="where to leave the names of the subtests and what copy_from_vm brings"
    )
    arguments = parser.parse_args()
    spec = json.loads(arguments.spec.read_text())
    if arguments.program and not spec["hints"]:
        spec["hints"] = [f"A shell in its machines: {arguments.program} --interactive"]
    log = Log()
    raise_ended_on_signals()
    try:
        with driver(spec, arguments.output or Path(), log) as driving:
            if arguments.interactive:
                driving.interact()
                return 0
            failed = driving.test()
    except (TestFailure, Ended) as failure:
        failed = f"testers: {spec['name']}: {failure}"
    if failed:
        log.line(f"\n{failed}")
        return 1
    log.line(f"{spec['name']}: passed\n{log.summary()}")
    if arguments.output:
        arguments.output.mkdir(exist_ok=True)
        (arguments.output / "subtests").write_text("".join(f"{subtest.name}\n" for subtest in log.subtests))
    return 0


if __name__ == "__main__":
    sys.exit(main())
