"""Runs a test script on machines, or lets a person do so."""

import code
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import TestCase

import accelerator
from ending import Ended, bounded, undisturbed
from failure import TestFailure
from log import Log
from machine import Machine
from network import Switch
from polling import Conditions, Retry
from programs import Programs
from qemu import Node

SCRIPT = "<testScript>"
LINE = 1000  # characters of the line that says what failed
OUTPUT_LINES = 60
CONSOLE_LINES = 60


class Assertions(TestCase):
    """The assertions of unittest for test scripts: t.assertIn("a", output)."""

    failureException = TestFailure
    maxDiff = None


class Prompt(code.InteractiveConsole):
    """A Python prompt, which shows a TestFailure without a traceback: its line, and the output of the command."""

    def showtraceback(self) -> None:
        error = sys.exception()
        if isinstance(error, TestFailure):
            self.write(f"{error}\n{error.output}")
        else:
            super().showtraceback()


class Driver:
    """The machines of one test. `spec` is that of runTest (nix/testers/default.nix):

    name           of the test
    programs       paths of what is run and booted: the fields of programs.Programs
    nodes          a list of machines: the fields of qemu.Node
    testScript     Python source, which finds the names of SYMBOLS, and the machines
    globalTimeout  seconds that the script may take with KVM; without, they are multiplied by the accelerator's slowness
    hints          lines that tell how to run the test alone; they end the report of a failure

    Machines keep what they write below the folder `state`; copy_from_vm writes below `out`.
    """

    # The attributes of a driver that a test script finds under the same names.
    SYMBOLS = (
        "Machine",
        "join_all",
        "log",
        "machines",
        "os",
        "polling_condition",
        "retry",
        "slowness",
        "start_all",
        "subtest",
        "t",
        "test_script",
    )
    Machine = Machine
    os = os
    t = Assertions()

    def __init__(self, spec: Mapping[str, Any], state: Path, out: Path, log: Log) -> None:
        self.log = log
        self._spec = spec
        programs = Programs(**spec["programs"])
        self.accelerator = accelerator.choose(programs)
        log.line(
            f"accelerator: {self.accelerator.name}, since {self.accelerator.reason};"
            f" timeouts are multiplied by {self.accelerator.slowness}"
        )
        self.slowness = self.accelerator.slowness
        self.subtest = log.subtest
        self.retry = Retry(self.slowness)
        self.polling_condition = Conditions(log, self.retry)
        self._switch = Switch(programs.vde_switch, state)
        self.machines = [
            Machine(
                Node(**node),
                programs,
                self.accelerator,
                self._switch.path,
                state,
                out,
                log,
                self.polling_condition.check,
            )
            for node in spec["nodes"]
        ]

    def stop(self) -> None:
        """Switch off what still runs."""
        with undisturbed():
            for machine in self.machines:
                machine.crash()
            self._switch.stop()

    def start_all(self) -> None:
        """Start all machines, without waiting for them to boot."""
        for machine in self.machines:
            machine.start()

    def join_all(self) -> None:
        """Wait until all machines are off."""
        for machine in self.machines:
            machine.wait_for_shutdown()

    def symbols(self) -> dict[str, Any]:
        """What a test script can name: SYMBOLS and, should they be called the same, rather the machines."""
        names = machine_names(machine.name for machine in self.machines)
        machines = {name: self.machines[number] for name, number in names.items()}
        return {name: getattr(self, name) for name in self.SYMBOLS} | machines

    def test_script(self) -> None:
        """Run the test script. Raises what it raises."""
        exec(compile(self._spec["testScript"], SCRIPT, "exec"), self.symbols())

    def test(self) -> str | None:
        """Run the test script; None if it passes, or else the report of what went wrong, of several lines."""
        seconds = self._spec["globalTimeout"] * self.slowness
        try:
            with bounded(seconds, f"the test did not end within {seconds} seconds"):
                self.test_script()
        except (Exception, SystemExit) as error:
            return self._report(error)
        return None

    def interact(self) -> None:
        """A Python prompt with the symbols of a test script."""
        names = ", ".join(self.symbols())
        help_line = "test_script() runs the test, MACHINE.shell_interact() gives a shell in a machine, Ctrl-D ends all."
        Prompt(self.symbols()).interact(f"{self._spec['name']}: {names}\n{help_line}", exitmsg="")

    def _report(self, error: BaseException) -> str:
        """A line that says what failed and where, then what helps to find out why, then the hints."""
        line = next(
            (f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == SCRIPT), None
        )
        if isinstance(error, SyntaxError) and error.filename == SCRIPT:
            line = error.lineno
        where = f"testScript line {line}" if line else "testScript"
        if subtest := self.log.current_subtest:
            where = f'subtest "{subtest}", {where}'
        is_told = isinstance(error, TestFailure | Ended)
        said = str(error) if is_told else f"{type(error).__name__}: {error}".removesuffix(": ")
        what, _, more = said.partition("\n")
        source = "".join(self._spec["testScript"].splitlines()[line - 1 : line]).strip() if line else ""
        report = [f"testers: {self._spec['name']}: {where}: {what if len(what) <= LINE else what[:LINE] + '…'}"]
        if not is_told and source:
            report += ["", f"    {source}"]
        if more:
            report += ["", *more.splitlines()[:OUTPUT_LINES]]
        if isinstance(error, TestFailure) and error.output:
            report += ["", "--- output of the command", *error.output.rstrip("\n").splitlines()[-OUTPUT_LINES:]]
        for machine in self.machines:
            if machine.console:
                report += ["", f"--- console of {machine.name}", *machine.console.tail(CONSOLE_LINES)]
        return "\n".join([*report, "", *self._spec["hints"]])


def machine_names(nodes: Iterable[str]) -> dict[str, int]:
    """How a test script names the machines, and their numbers from 0 on; the only one is `machine`, too."""
    names = {re.sub(r"^[^A-Za-z_]|[^A-Za-z0-9_]", "_", node): number for number, node in enumerate(nodes)}
    return {"machine": 0} | names if len(names) == 1 else names


@contextmanager
def driver(spec: Mapping[str, Any], out: Path, log: Log) -> Iterator[Driver]:
    """A driver, whose machines are off when the context ends, and what they wrote is deleted. Raises TestFailure."""
    with tempfile.TemporaryDirectory(prefix="vm-", ignore_cleanup_errors=True) as state:
        started = Driver(spec, Path(state), out, log)
        try:
            yield started
        finally:
            started.stop()
