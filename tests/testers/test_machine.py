"""What a test script can ask of a machine, tried on one that QEMU boots. What goes wrong ends soon, and in one line."""

import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

import initramfs
import qemu
import running
from driver import Driver, driver
from failure import TestFailure
from log import Log
from machine import Machine

SERVER = "cd /etc && nohup python3 -m http.server 8000 >/dev/null 2>&1 &"


@pytest.fixture
def machine(driving: Driver) -> Machine:
    return driving.machines[0]


@contextmanager
def fails(regex: str, within: float) -> Iterator[None]:
    """Assert that what runs within raises a TestFailure of one line that matches, within so many seconds."""
    began = time.monotonic()
    with pytest.raises(TestFailure, match=regex) as raised:
        yield
    assert time.monotonic() - began < within
    assert str(raised.value).count("\n") == 0


def test_output_and_status(machine: Machine) -> None:
    assert machine.succeed("echo out; echo err >&2", "echo more") == "out\nmore\n"
    assert machine.execute("echo before; exit 7") == (7, "before\n")
    assert machine.execute("kill -9 $$") == (137, "")
    assert machine.execute("exit 7", check_return=False) == (-1, "")
    assert machine.execute("sleep 1000", check_output=False) == (-2, "")
    assert machine.fail("echo told; false") == "told\n"
    assert machine.succeed("cat") == ""


def test_bash_is_strict(machine: Machine) -> None:
    for command in ("false; true", "false | true", "echo $unset"):
        machine.fail(command)


def test_what_must_succeed_and_what_must_fail(machine: Machine) -> None:
    with fails("machine: command failed with exit status 3: .*exit 3", within=30):
        machine.succeed("echo told; exit 3")
    with fails("machine: command succeeded, but must fail: true", within=30):
        machine.fail("true")


def test_output_of_many_megabytes(machine: Machine) -> None:
    output = machine.succeed(r"head -c 30000000 /dev/zero | tr '\0' y")
    assert len(output) == 30_000_000 and set(output) == {"y"}


def test_bytes_that_are_no_text(machine: Machine) -> None:
    assert machine.succeed(r"printf 'a\377b'") == "a\N{REPLACEMENT CHARACTER}b"
    machine.succeed(r"printf 'no \377 text\n' >/dev/console")
    machine.wait_for_console_text("no . text", timeout=30)


def test_command_that_never_ends(machine: Machine) -> None:
    with fails("exit status 124, as after a timeout of 1 seconds: sleep 1000", within=30):
        machine.succeed("sleep 1000", timeout=1)
    assert machine.succeed("pgrep --full '^sleep 1000' | wc -l") == "1\n"  # that of test_output_and_status


def test_child_in_the_background_is_not_waited_for(machine: Machine) -> None:
    began = time.monotonic()
    assert machine.succeed("sleep 500 & echo begun") == "begun\n"
    assert time.monotonic() - began < 60


def test_what_never_happens(machine: Machine) -> None:
    with fails("command does not succeed .exit status 5. within 1 seconds: exit 5", within=60):
        machine.wait_until_succeeds("exit 5", timeout=1)
    with fails("command does not fail within 1 seconds: true", within=60):
        machine.wait_until_fails("true", timeout=1)
    with fails("'never said' did not appear on the console", within=60):
        machine.wait_for_console_text("never said", timeout=1)


def test_what_happens_later(machine: Machine) -> None:
    machine.succeed("(sleep 2; touch /tmp/later; echo said later >/dev/console; rm /tmp/earlier) >/dev/null 2>&1 &")
    machine.wait_for_file("/tmp/later")
    machine.wait_for_console_text("said later", timeout=60)
    machine.wait_until_fails("test -e /tmp/earlier")


def test_ports(machine: Machine) -> None:
    machine.wait_for_closed_port(8000)
    machine.succeed(SERVER)
    machine.wait_for_open_port(8000)
    machine.forward_port(18000, 8000)
    with urllib.request.urlopen("http://127.0.0.1:18000/hostname", timeout=60) as answer:
        assert answer.read() == b"machine\n"
    machine.succeed("pkill --full http.server")
    machine.wait_for_closed_port(8000)


def test_files_are_copied_both_ways(machine: Machine, out: Path, tmp_path: Path) -> None:
    source = tmp_path / "folder"
    source.mkdir()
    (source / "bytes").write_bytes(bytes(range(256)))
    machine.copy_from_host(str(source), "/tmp/new/there")
    machine.copy_from_vm("/tmp/new/there", "back")
    assert (out / "back/there/bytes").read_bytes() == bytes(range(256))
    with fails("copy_from_vm: /nowhere: can't be read", within=30):
        machine.copy_from_vm("/nowhere")
    with fails("copy_from_host: /proc/new: can't be written", within=30):
        machine.copy_from_host(str(source / "bytes"), "/proc/new")


def test_store_and_packages_are_there(machine: Machine) -> None:
    assert machine.succeed("hello") == "hello from the store\n"


def test_state_outlasts_shutdown_reboot_and_crash(machine: Machine) -> None:
    machine.succeed("echo kept >/var/kept")
    machine.shutdown()
    assert not machine.is_up()
    with fails("machine: does not run; start it before", within=30):
        machine.forward_port(18001)
    machine.start(allow_reboot=True)
    assert machine.succeed("cat /var/kept; echo again >>/var/kept; sync") == "kept\n"
    assert machine.is_up()
    machine.reboot()
    assert machine.succeed("cat /var/kept") == "kept\nagain\n"
    machine.crash()
    assert not machine.is_up()
    assert machine.succeed("cat /var/kept") == "kept\nagain\n"
    with fails("reboot: not allowed", within=30):
        machine.reboot()


def test_machine_that_hangs_before_its_kernel_speaks_is_switched_on_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, seconds = qemu.start, running.BOOT_SECONDS

    def start_halted(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        monkeypatch.setattr(qemu, "start", start_running)
        return start([*command, "-S"], log)

    def start_running(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        monkeypatch.setattr(running, "BOOT_SECONDS", seconds)
        return start(command, log)

    machine.crash()
    monkeypatch.setattr(qemu, "start", start_halted)
    monkeypatch.setattr(running, "BOOT_SECONDS", 1)
    assert machine.succeed("echo up") == "up\n"


def test_machine_that_hangs_twice(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    start = qemu.start
    machine.crash()
    monkeypatch.setattr(qemu, "start", lambda command, log: start([*command, "-S"], log))
    monkeypatch.setattr(running, "BOOT_SECONDS", 1)
    with fails("machine: did not boot within 1 seconds", within=60):
        machine.succeed("true")
    machine.crash()


def test_crash_of_the_kernel(machine: Machine) -> None:
    with fails("machine: the machine is off .QEMU's exit status 0.; the command was: echo c ", within=60):
        machine.succeed("echo c >/proc/sysrq-trigger")
    machine.crash()
    assert machine.succeed("echo back") == "back\n"


@pytest.fixture
def another(spec: dict[str, Any], tcg: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a machine of the specification with other programs."""
    monkeypatch.setattr(running, "BOOT_SECONDS", 5)
    with ExitStack() as stack:

        def make(**programs: str) -> Machine:
            changed = {**spec, "programs": {**spec["programs"], **programs}}
            return stack.enter_context(driver(changed, tmp_path, Log())).machines[0]

        yield make


def test_guest_that_never_boots(another: Any, tmp_path: Path) -> None:
    archive = tmp_path / "initramfs"
    # A kernel without an init waits for its root to appear, for ever.
    archive.write_bytes(initramfs.member(0, "TRAILER!!!", 0))
    sleeper = another(initramfs=str(archive))
    with fails("machine: (did not boot within 5 seconds|the machine is off)", within=60):
        sleeper.succeed("true")


def test_kernel_that_is_none(another: Any, tmp_path: Path) -> None:
    kernel = tmp_path / "kernel"
    kernel.write_text("no kernel")
    with fails("machine: the machine is off .QEMU's exit status 1: .*kernel", within=60):
        another(kernel=str(kernel)).succeed("true")
