"""A virtual machine, with the vocabulary of the NixOS test driver."""

import io
import os
import shlex
import subprocess
import tarfile
import time
from pathlib import Path

import qemu
import terminal
from accelerator import Accelerator
from console import Console
from failure import TestFailure
from log import Log
from qemu import Monitor, Node, Programs
from shell import NoAnswer, Shell
from unix_socket import connect

BOOT_SECONDS = 60
STOP_SECONDS = 60
RETRY_SECONDS = 1
CONNECT_SECONDS = 2
COMMAND_SECONDS = 900
# As the driver of NixOS: the status of a command whose own is not asked for, or that is not waited for.
UNCHECKED_RETURN, UNCHECKED_OUTPUT = -1, -2


class Machine:
    """All timeouts are in seconds, for a machine with KVM: without it, each is longer by the accelerator's slowness.

    Every method that needs the guest waits for it to boot. They raise TestFailure.
    """

    def __init__(
        self, node: Node, programs: Programs, accelerator: Accelerator, switch: Path, state: Path, out: Path, log: Log
    ) -> None:
        self.name = node.name
        self.console: Console | None = None
        self._node = node
        self._programs = programs
        self._accelerator = accelerator
        self._switch = switch
        self._state = state / node.name
        self._out = out
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._shell: Shell | None = None
        self._monitor: Monitor | None = None
        self._connected = False
        self._allow_reboot = False

    # Power

    def start(self, allow_reboot: bool = False) -> None:
        """Switch it on, without waiting for it to boot. It ends when the guest reboots, unless that is allowed."""
        if self._is_running():
            return
        self.log("starting vm")
        self._prepare_state()
        self._allow_reboot = allow_reboot
        command = qemu.command_line(
            self._node, self._programs, self._accelerator, self._state, self._switch, allow_reboot
        )
        self._process = qemu.start(command, self._state / "qemu.log")
        assert self._process.stdout
        self.console = Console(self._process.stdout, lambda line: self._log.line(f"{self.name} # {line}"))
        try:
            self._shell = Shell(connect(self._state / "shell", self._process))
            self._monitor = Monitor(connect(self._state / "qmp", self._process))
        except OSError:
            raise TestFailure(f"{self.name}: {self._ending() or 'QEMU does not start'}") from None

    def shutdown(self) -> None:
        """Switch it off in good order."""
        if self._is_running():
            with self._log.nested(f"{self.name}: shutting down"):
                self.execute("poweroff", check_output=False)
                self._wait_for_end()

    def crash(self) -> None:
        """Cut the power."""
        if self._process:
            self.log("forced crash")
            self._process.kill()
            self._process.wait()
            self._forget()

    def reboot(self) -> None:
        """Boot it again in good order; it must have been started with allow_reboot."""
        if not self._allow_reboot:
            raise TestFailure(f"{self.name}: reboot: not allowed; start it with start(allow_reboot=True)")
        with self._log.nested(f"{self.name}: rebooting"):
            self.execute("reboot", check_output=False)
            self._connected = False

    def is_up(self) -> bool:
        """Whether it runs and has booted."""
        return self._is_running() and self._connected

    # Commands

    def execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: float | None = COMMAND_SECONDS,
    ) -> tuple[int, str]:
        """Run a command in bash, under `set -euo pipefail`; its exit status, 124 for a timeout, and what it wrote to stdout.

        Its stderr goes to the console. Without check_output it is not waited for, without check_return its status is
        not asked for; the status is then -2 or -1, as of NixOS's driver.
        """
        if not check_output:
            self._run(f"( {command}\n) </dev/null >/dev/null &", self._scaled(COMMAND_SECONDS))
            return UNCHECKED_OUTPUT, ""
        status, output = self._run(command, self._scaled(timeout))
        return status if check_return else UNCHECKED_RETURN, output.decode(errors="replace")

    def succeed(self, *commands: str, timeout: float | None = COMMAND_SECONDS) -> str:
        """Run commands that must succeed; what they wrote to stdout."""
        return "".join(self._must(command, timeout, succeed=True) for command in commands)

    def fail(self, *commands: str, timeout: float | None = COMMAND_SECONDS) -> str:
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

    def wait_for_console_text(self, regex: str, timeout: float | None = None) -> None:
        """Wait for a line on the console, after the one that an earlier wait found."""
        with self._log.nested(f"{self.name}: waiting for {regex} to appear on the console"):
            self.start()
            assert self.console
            if not self.console.wait_for(regex, self._scaled(timeout or COMMAND_SECONDS)):
                raise TestFailure(f"{self.name}: {regex!r} did not appear on the console")

    def sleep(self, secs: float) -> None:
        """Let so many seconds pass in the guest."""
        self.succeed(f"sleep {secs}")

    # Files and network

    def copy_from_host(self, source: str, target: str) -> None:
        """Copy a file or folder of the build machine, of moderate size, to a path in the guest.

        What is in the Nix store needs no copy: the guest has it under the same path.
        """
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(source, arcname=Path(target).name)
        folder = shlex.quote(str(Path(target).parent))
        command = f"mkdir -p {folder} && tar --extract --no-same-owner --directory {folder}"
        status, _ = self._run(command, self._scaled(COMMAND_SECONDS), packed.getvalue())
        if status:
            raise TestFailure(f"{self.name}: copy_from_host: {target}: can't be written (exit status {status})")

    def copy_from_vm(self, source: str, target_dir: str = "") -> None:
        """Copy a file or folder of the guest into the test's output, or into the folder `target_dir` there."""
        path = Path(source)
        command = f"tar --create --directory {shlex.quote(str(path.parent))} {shlex.quote(path.name)}"
        status, packed = self._run(command, self._scaled(COMMAND_SECONDS))
        if status:
            raise TestFailure(f"{self.name}: copy_from_vm: {source}: can't be read (exit status {status})")
        target = self._out / target_dir
        target.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            for member in archive.getmembers():
                member.uid, member.gid, member.mode = os.getuid(), os.getgid(), member.mode & 0o777
            archive.extractall(target)

    def forward_port(self, host_port: int = 8080, guest_port: int = 80) -> None:
        """Let a port of the build machine's loopback lead to one of the guest."""
        self.send_monitor_command(f"hostfwd_add host tcp:127.0.0.1:{host_port}-:{guest_port}")

    def block(self) -> None:
        """Unplug the cable to the other machines."""
        self._set_link(up=False)

    def unblock(self) -> None:
        """Plug it in again."""
        self._set_link(up=True)

    # For a person

    def log(self, msg: str) -> None:
        """Write a line to the test's log."""
        self._log.line(f"{self.name}: {msg}")

    def send_monitor_command(self, command: str) -> str:
        """Run a command of QEMU's human monitor; what it printed."""
        if not self._monitor or not self._is_running():
            raise TestFailure(f"{self.name}: does not run; start it before")
        try:
            return self._monitor.run("human-monitor-command", **{"command-line": command})
        except OSError:
            raise TestFailure(f"{self.name}: {self._ending() or 'QEMU does not answer'}") from None

    def shell_interact(self) -> None:
        """Be root in the guest, at a terminal."""
        self._connect()
        terminal.attach(str(self._state / "terminal"))

    # Inside

    def _connection(self, addr: str, port: int) -> str:
        """The command that fails unless something listens there; a host that is silent is none."""
        return f"timeout {self._scaled(CONNECT_SECONDS)} bash -c 'true >/dev/tcp/{addr}/{port}'"

    def _scaled(self, timeout: float | None) -> float:
        return (COMMAND_SECONDS if timeout is None else timeout) * self._accelerator.slowness

    def _is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _prepare_state(self) -> None:
        self._state.mkdir(exist_ok=True)
        for leftover in ("shell", "qmp", "terminal"):
            (self._state / leftover).unlink(missing_ok=True)
        disk = self._state / "disk.img"
        if not disk.exists():
            with disk.open("wb") as file:
                file.truncate(self._node.diskSize << 20)
            subprocess.run([self._programs.mkfs, "-q", "-F", str(disk)], check=True)

    def _connect(self) -> Shell:
        """Start it if it is off, and wait until the guest has booted."""
        if self._connected and self._is_running():
            assert self._shell
            return self._shell
        self.start()
        assert self._shell
        with self._log.nested(f"{self.name}: waiting for the VM to finish booting"):
            try:
                self._shell.wait_for_boot(self._scaled(BOOT_SECONDS))
            except NoAnswer:
                within = f"within {self._scaled(BOOT_SECONDS)} seconds"
                raise TestFailure(f"{self.name}: {self._ending() or f'did not boot {within}'}") from None
        self._connected = True
        return self._shell

    def _run(self, command: str, seconds: float, given: bytes = b"") -> tuple[int, bytes]:
        shell = self._connect()
        try:
            return shell.run(command, seconds, given)
        except NoAnswer:
            what = self._ending() or f"the guest gave no answer within {seconds} seconds"
            raise TestFailure(f"{self.name}: {what}; the command was: {command}") from None

    def _must(self, command: str, timeout: float | None, succeed: bool) -> str:
        with self._log.nested(f"{self.name}: must {'succeed' if succeed else 'fail'}: {command}"):
            status, output = self.execute(command, timeout=timeout)
            if succeed and status:
                late = f", as after a timeout of {self._scaled(timeout)} seconds" if status == 124 else ""
                raise TestFailure(f"{self.name}: command failed with exit status {status}{late}: {command}", output)
            if not succeed and not status:
                raise TestFailure(f"{self.name}: command succeeded, but must fail: {command}", output)
        return output

    def _repeat(self, command: str, timeout: float, succeed: bool) -> str:
        with self._log.nested(f"{self.name}: waiting for {'success' if succeed else 'failure'}: {command}"):
            deadline = time.monotonic() + self._scaled(timeout)
            while True:
                left = max(deadline - time.monotonic(), 1)
                status, output = self.execute(command, timeout=left / self._accelerator.slowness)
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

    def _wait_for_end(self) -> None:
        assert self._process
        try:
            self._process.wait(self._scaled(STOP_SECONDS))
        except subprocess.TimeoutExpired:
            raise TestFailure(f"{self.name}: did not shut down within {self._scaled(STOP_SECONDS)} seconds") from None
        self._forget()

    def _ending(self) -> str | None:
        """Why there is no machine any more; None if it runs."""
        try:
            status = self._process.wait(1) if self._process else 0
        except subprocess.TimeoutExpired:
            return None
        complaints = (self._state / "qemu.log").read_text(errors="replace").strip().splitlines()
        return f"the machine is off (QEMU's exit status {': '.join([str(status), *complaints[-1:]])})"

    def _forget(self) -> None:
        if self._shell:
            self._shell.close()
        if self.console:
            self.console.thread.join(STOP_SECONDS)
        self._process = self._shell = self._monitor = None
        self._connected = False
