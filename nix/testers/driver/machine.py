"""A virtual machine, with the vocabulary of the NixOS test driver."""

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import copying
import terminal
from accelerator import Accelerator
from console import Console
from failure import TestFailure
from log import Log
from programs import Programs
from qemu import Node
from running import Gone, Running
from state import State

RETRY_SECONDS = 1
ATTEMPT_SECONDS = 10  # what each attempt has at least, even if that is more than what is left of a wait
CONNECT_SECONDS = 2
COMMAND_SECONDS = 900
# As the driver of NixOS: the status of a command whose own is not asked for, or that is not waited for.
UNCHECKED_RETURN, UNCHECKED_OUTPUT = -1, -2


class Machine:
    """A machine of a test, on or off.

    All timeouts are in seconds, for a machine with KVM: without it, each is longer by the accelerator's slowness. None
    is no limit but that of the whole test. Methods that need the guest switch the machine on if it is off, and wait for
    it to boot. All raise TestFailure, or what `check` raises, which is called before each command.

    Example (in a testScript): machine.succeed("docker run --rm IMAGE python --version")
    """

    def __init__(
        self,
        node: Node,
        programs: Programs,
        accelerator: Accelerator,
        switch: Path,
        state: Path,
        out: Path,
        log: Log,
        check: Callable[[], None],
    ) -> None:
        self.name = node.name
        self.console: Console | None = None
        self._node = node
        self._programs = programs
        self._accelerator = accelerator
        self._switch = switch
        self._state = State(state / node.name)
        self._out = out
        self._log = log
        self._check = check
        self._running: Running | None = None

    # Power

    def start(self, allow_reboot: bool = False) -> None:
        """Switch it on, without waiting for it to boot. It ends when the guest reboots, unless that is allowed."""
        if self._on():
            return
        self.log("starting vm")
        self._state.prepare(self._programs.mkfs, self._node.diskSize)
        self._running = Running(
            self._node, self._programs, self._accelerator, self._switch, self._state, self._log, allow_reboot
        )
        self.console = self._running.console

    def shutdown(self) -> None:
        """Switch it off in good order."""
        if running := self._on():
            with self._log.nested(f"{self.name}: shutting down"):
                self._detach("poweroff")
                running.wait_for_end()
            self._running = None

    def wait_for_shutdown(self) -> None:
        """Wait until it is off, for as long as that takes."""
        if running := self._on():
            with self._log.nested(f"{self.name}: waiting for the VM to power off"):
                running.wait_for_end(bounded=False)
        self._running = None

    def crash(self) -> None:
        """Cut the power."""
        if self._running:
            self._running.kill()
            self._running = None
            self.log("forced crash")

    def reboot(self) -> None:
        """Boot it again in good order; it must have been started with allow_reboot."""
        if not self._running or not self._running.allow_reboot:
            raise TestFailure(f"{self.name}: reboot: not allowed; start it with start(allow_reboot=True)")
        with self._log.nested(f"{self.name}: rebooting"):
            self._detach("reboot")
            self._running.is_booted = False

    def is_up(self) -> bool:
        """Whether it runs and has booted."""
        running = self._on()
        return running is not None and running.is_booted

    # Commands

    def execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: float | None = COMMAND_SECONDS,
    ) -> tuple[int, str]:
        """Run a command in bash, under `set -euo pipefail`; its exit status and what it wrote to stdout.

        Its stderr goes to the console. The status is 124 for a command that was killed after its timeout. As in NixOS's
        driver, a command is not waited for without check_output, and the status is -2; without check_return the status
        is -1, and the command may be one that ends the machine.
        """
        self._check()
        if not check_output:
            self._detach(command)
            return UNCHECKED_OUTPUT, ""
        try:
            status, output = self._guest().run(command, self._scaled(timeout))
        except Gone:
            if check_return:
                raise
            return UNCHECKED_RETURN, ""
        return status if check_return else UNCHECKED_RETURN, output.decode(errors="replace")

    def succeed(self, *commands: str, timeout: float | None = None) -> str:
        """Run commands that must succeed; what they wrote to stdout."""
        return "".join(self._must(command, timeout, succeed=True) for command in commands)

    def fail(self, *commands: str, timeout: float | None = None) -> str:
        """Run commands that must fail; what they wrote to stdout."""
        return "".join(self._must(command, timeout, succeed=False) for command in commands)

    def wait_until_succeeds(self, command: str, timeout: float = COMMAND_SECONDS) -> str:
        """Repeat a command until it succeeds; what it then wrote to stdout."""
        return self._repeat(command, timeout, succeed=True)

    def wait_until_fails(self, command: str, timeout: float = COMMAND_SECONDS) -> str:
        """Repeat a command until it fails; what it then wrote to stdout."""
        return self._repeat(command, timeout, succeed=False)

    def wait_for_file(self, filename: str, timeout: float = COMMAND_SECONDS) -> None:
        """Wait until the file is there."""
        self.wait_until_succeeds(f"test -e {filename}", timeout)

    def wait_for_open_port(self, port: int, addr: str = "localhost", timeout: float = COMMAND_SECONDS) -> None:
        """Wait until something listens on the TCP port."""
        self.wait_until_succeeds(self._connection(addr, port), timeout)

    def wait_for_closed_port(self, port: int, addr: str = "localhost", timeout: float = COMMAND_SECONDS) -> None:
        """Wait until nothing listens on the TCP port."""
        self.wait_until_fails(self._connection(addr, port), timeout)

    def wait_for_open_unix_socket(self, addr: str, is_datagram: bool = False, timeout: float = COMMAND_SECONDS) -> None:
        """Wait until something listens on the Unix socket at the path `addr`."""
        self.wait_until_succeeds(f"nc -z {'-uU' if is_datagram else '-U'} {addr}", timeout)

    def wait_for_engine(self, timeout: float = COMMAND_SECONDS) -> None:
        """Wait until the guest's Docker engine answers, as wait_for_unit("docker.service") does in a test of NixOS."""
        self.wait_until_succeeds("docker version", timeout)

    def wait_for_console_text(self, regex: str, timeout: float | None = None) -> None:
        """Wait for a line on the console that matches; lines up to the one that an earlier wait found do not count."""
        with self._log.nested(f"{self.name}: waiting for {regex} to appear on the console"):
            if not self._guest().console.wait_for(regex, self._scaled(timeout)):
                raise TestFailure(f"{self.name}: {regex!r} did not appear on the console")

    def sleep(self, secs: float) -> None:
        """Let so many seconds pass in the guest."""
        self.succeed(f"sleep {secs}")

    # Files and network

    def copy_from_host(self, source: str, target: str) -> None:
        """Copy a file or folder of the build machine, of moderate size, to a path in the guest.

        What is in the Nix store needs no copy: the guest has it under the same path.
        """
        copying.to_guest(self.name, self._run, source, target)

    def copy_from_vm(self, source: str, target_dir: str = "") -> None:
        """Copy a file or folder of the guest into the test's output, or into the folder `target_dir` there.

        Whatever the guest sends, nothing is written outside of that folder.
        """
        copying.from_guest(self.name, self._run, source, self._out / target_dir)

    def forward_port(self, host_port: int = 8080, guest_port: int = 80) -> None:
        """Make a port of 127.0.0.1 on the build machine lead to a port of the guest."""
        self.send_monitor_command(f"hostfwd_add host tcp:127.0.0.1:{host_port}-:{guest_port}")

    def block(self) -> None:
        """Unplug the cable of the network to the other machines."""
        self._set_link(up=False)

    def unblock(self) -> None:
        """Plug in that cable again."""
        self._set_link(up=True)

    # For whoever writes or debugs a test

    def log(self, msg: str) -> None:
        """Write a line to the test's log."""
        self._log.line(f"{self.name}: {msg}")

    def nested(self, msg: str) -> AbstractContextManager[None]:
        """Group steps of the test script in the log."""
        return self._log.nested(f"{self.name}: {msg}")

    def send_monitor_command(self, command: str) -> str:
        """Run a command of QEMU's human monitor; what it printed."""
        self._check()
        if not (running := self._on()):
            raise TestFailure(f"{self.name}: does not run; start it before")
        return running.monitor(command)

    def shell_interact(self) -> None:
        """Give the person at this terminal a root shell in the guest."""
        self._guest().wait_for_boot()
        terminal.attach(str(self._state.terminal))

    def _connection(self, addr: str, port: int) -> str:
        """A command that fails unless something listens there. It waits CONNECT_SECONDS for a host that is silent."""
        return f"timeout {self._scaled(CONNECT_SECONDS)} bash -c 'true >/dev/tcp/{addr}/{port}'"

    def _run(self, command: str, given: bytes = b"") -> tuple[int, bytes]:
        """The exit status of a command that gets this on its stdin, and what it wrote to stdout."""
        return self._guest().run(command, self._scaled(COMMAND_SECONDS), given)

    def _detach(self, command: str) -> None:
        """Start a command, without waiting for it."""
        self._run(f"( {command}\n) </dev/null >/dev/null &")

    def _scaled(self, timeout: float | None) -> float:
        return math.inf if timeout is None else timeout * self._accelerator.slowness

    def _on(self) -> Running | None:
        """The running machine; None if it is off."""
        return self._running if self._running and self._running.is_on() else None

    def _guest(self) -> Running:
        """The running machine, which is started if it is off."""
        self.start()
        assert self._running
        return self._running

    def _must(self, command: str, timeout: float | None, succeed: bool) -> str:
        with self._log.nested(f"{self.name}: must {'succeed' if succeed else 'fail'}: {command}"):
            status, output = self.execute(command, timeout=timeout)
            if succeed and status:
                late = f", as after a timeout of {self._scaled(timeout)} seconds" if status == 124 and timeout else ""
                raise TestFailure(f"{self.name}: command failed with exit status {status}{late}: {command}", output)
            if not succeed and not status:
                raise TestFailure(f"{self.name}: command succeeded, but must fail: {command}", output)
        return output

    def _repeat(self, command: str, timeout: float, succeed: bool) -> str:
        with self._log.nested(f"{self.name}: waiting for {'success' if succeed else 'failure'}: {command}"):
            deadline = time.monotonic() + self._scaled(timeout)
            while True:
                left = (deadline - time.monotonic()) / self._accelerator.slowness
                status, output = self.execute(command, timeout=max(left, ATTEMPT_SECONDS))
                if succeed == (status == 0):
                    return output
                if time.monotonic() > deadline:
                    what = f"does not succeed (exit status {status})" if succeed else "does not fail"
                    raise TestFailure(
                        f"{self.name}: command {what} within {self._scaled(timeout)} seconds: {command}", output
                    )
                time.sleep(RETRY_SECONDS)

    def _set_link(self, up: bool) -> None:
        self.log(f"{'plugging in' if up else 'unplugging'} the network")
        self.send_monitor_command(f"set_link vlan-card {'on' if up else 'off'}")
