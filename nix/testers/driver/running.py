"""A machine that is switched on: QEMU's process, and the driver's connections to it and to the guest."""

import subprocess
from pathlib import Path

import qemu
from accelerator import Accelerator
from console import Console
from failure import TestFailure
from log import Log
from programs import Programs
from qemu import Monitor, Node
from shell import NoAnswer, Shell
from state import State
from unix_socket import connect

BOOT_SECONDS = 60
STOP_SECONDS = 60


class Gone(TestFailure):
    """The machine went off or booted again, or gave no answer, while it ran a command."""


class Running:
    """From its start until it is off. Methods raise TestFailure, with the machine's name.

    console       what the guest writes to its serial console
    is_booted     whether the agent in the guest has answered since the guest's last boot
    allow_reboot  whether a reboot of the guest leaves it on
    """

    def __init__(
        self,
        node: Node,
        programs: Programs,
        accelerator: Accelerator,
        switch: Path,
        state: State,
        log: Log,
        allow_reboot: bool,
    ) -> None:
        self.is_booted = False
        self.allow_reboot = allow_reboot
        self._name = node.name
        self._slowness = accelerator.slowness
        self._state = state
        self._log = log
        self.console = Console(lambda line: log.line(f"{node.name} # {line}"))
        self._command = qemu.command_line(node, programs, accelerator, state, switch, allow_reboot)
        self._switch_on()

    def is_on(self) -> bool:
        """Whether QEMU runs."""
        return self._process.poll() is None

    def run(self, command: str, seconds: float, given: bytes = b"") -> tuple[int, bytes]:
        """Run a command in the guest, once that has booted: shell.Shell.run."""
        self.wait_for_boot()
        try:
            return self._shell.run(command, seconds, given)
        except NoAnswer:
            what = self._ending() or f"the guest gave no answer within {seconds} seconds"
            raise Gone(f"{self._name}: {what}; the command was: {command}") from None

    def wait_for_boot(self) -> None:
        """Wait until the agent in the guest says that it is up, unless it has said so before.

        QEMU's emulation of two processors was seen to hang, though rarely, before the kernel says a word. A machine
        that stays silent for all of the time that it has is switched off and on again, once.
        """
        if self.is_booted:
            return
        with self._log.nested(f"{self._name}: waiting for the VM to finish booting"):
            problem = self._boot_problem()
            if problem and self.is_on() and not self.console.lines:
                self._log.line(f"{self._name}: {problem}, and its kernel has said nothing: it is switched on again")
                self.kill()
                self._switch_on()
                problem = self._boot_problem()
            if problem:
                raise TestFailure(f"{self._name}: {problem}")
        self.is_booted = True

    def monitor(self, command: str) -> str:
        """Run a command of QEMU's human monitor; what it printed."""
        try:
            return str(self._monitor.run("human-monitor-command", **{"command-line": command}))
        except OSError:
            raise TestFailure(f"{self._name}: {self._ending() or 'QEMU does not answer'}") from None

    def wait_for_end(self, bounded: bool = True) -> None:
        """Wait until it is off; `bounded`, for as long as that takes a guest that was asked for it."""
        seconds = STOP_SECONDS * self._slowness if bounded else None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TestFailure(f"{self._name}: did not shut down within {seconds} seconds") from None
        self._close()

    def kill(self) -> None:
        """Cut the power."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _switch_on(self) -> None:
        self._process = qemu.start(self._command, self._state.complaints)
        try:
            assert self._process.stdout
            self.console.read(self._process.stdout)
            self._shell, self._monitor = self._connections()
        except BaseException:  # a signal that ends the driver included: nobody else knows of this process yet
            self._process.kill()
            self._process.wait()
            raise

    def _boot_problem(self) -> str | None:
        """Wait for the agent's first word: why there is none, or None."""
        seconds = BOOT_SECONDS * self._slowness
        try:
            self._shell.wait_for_boot(seconds)
        except NoAnswer:
            return self._ending() or f"did not boot within {seconds} seconds"
        return None

    def _connections(self) -> tuple[Shell, Monitor]:
        try:
            shell = Shell(connect(self._state.shell, self._process))
            return shell, Monitor(connect(self._state.monitor, self._process))
        except OSError:
            raise TestFailure(f"{self._name}: {self._ending() or 'QEMU does not start'}") from None

    def _ending(self) -> str | None:
        """Why it is off; None if it is on."""
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return None
        complaint = self._state.last_complaint()
        return f"the machine is off (QEMU's exit status {status}{complaint and f': {complaint}'})"

    def _close(self) -> None:
        self._shell.close()
        self.console.thread.join(STOP_SECONDS)
