"""How commands are given to a guest, and when they fail: a machine whose guest only pretends to run them."""

import io
import math
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from accelerator import Accelerator
from failure import TestFailure
from frames import read_frame, write_frame
from log import Log
from machine import Machine
from programs import Programs
from qemu import Node
from running import Gone
from shell import Shell

SLOWNESS = 5


class Guest:
    """Answers each command with `answer`, or raises it; keeps the commands and their seconds."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, float]] = []
        self.answer: tuple[int, bytes] | TestFailure = (0, b"")

    def run(self, command: str, seconds: float, given: bytes = b"") -> tuple[int, bytes]:
        self.commands.append((command, seconds))
        if isinstance(self.answer, TestFailure):
            raise self.answer
        return self.answer


class Conditions:
    """What a machine calls before each command."""

    failure: TestFailure | None = None

    def check(self) -> None:
        if self.failure:
            raise self.failure


@pytest.fixture
def guest() -> Guest:
    return Guest()


@pytest.fixture
def conditions() -> Conditions:
    return Conditions()


@pytest.fixture
def machine(guest: Guest, conditions: Conditions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    node = Node(name="machine", number=1, memorySize=1, cores=1, diskSize=1, disk="")
    programs = Programs("x86_64", native=True, qemu="", mkfs="", vde_switch="", kernel="", initramfs="", base="")
    log = Log(io.StringIO())
    accelerator = Accelerator("none", (), "", SLOWNESS, "")
    machine = Machine(node, programs, accelerator, tmp_path, tmp_path, tmp_path, log, conditions.check)
    monkeypatch.setattr(machine, "_guest", lambda: guest)
    return machine


def test_timeouts_are_longer_on_a_slow_machine_or_none(machine: Machine, guest: Guest) -> None:
    machine.execute("a", timeout=10)
    machine.execute("b", timeout=None)
    machine.succeed("c")
    machine.succeed("d", timeout=2)
    assert guest.commands == [("a", 50), ("b", math.inf), ("c", math.inf), ("d", 10)]


def test_command_that_ends_the_machine(machine: Machine, guest: Guest) -> None:
    guest.answer = Gone("machine: the machine is off")
    assert machine.execute("poweroff", check_return=False) == (-1, "")
    with pytest.raises(TestFailure, match="the machine is off"):
        machine.execute("poweroff")
    with pytest.raises(TestFailure, match="the machine is off"):
        machine.succeed("poweroff")


def test_machine_that_does_not_boot_is_told_even_so(machine: Machine, guest: Guest) -> None:
    guest.answer = TestFailure("machine: did not boot")
    with pytest.raises(TestFailure, match="did not boot"):
        machine.execute("true", check_return=False)


def test_status_and_output_are_given_as_they_are_asked_for(machine: Machine, guest: Guest) -> None:
    guest.answer = (3, b"out\n")
    assert machine.execute("x") == (3, "out\n")
    assert machine.execute("x", check_return=False) == (-1, "out\n")
    assert machine.execute("x", check_output=False) == (-2, "")


@pytest.mark.parametrize(
    "command",
    [
        "machine.execute('a')",
        "machine.succeed('a')",
        "machine.fail('a')",
        "machine.wait_until_succeeds('a')",
        "machine.send_monitor_command('info')",
        "machine.execute('a', check_output=False)",
    ],
)
def test_condition_fails_the_next_command(machine: Machine, guest: Guest, conditions: Conditions, command: str) -> None:
    conditions.failure = TestFailure("polling condition failed: runs")
    with pytest.raises(TestFailure, match="polling condition failed: runs"):
        eval(command, {"machine": machine})
    assert guest.commands == []


@pytest.mark.parametrize(
    ("arguments", "command"), [({}, "nc -z -U /run/a"), ({"is_datagram": True}, "nc -z -uU /run/a")]
)
def test_unix_sockets(machine: Machine, guest: Guest, arguments: Any, command: str) -> None:
    machine.wait_for_open_unix_socket("/run/a", **arguments)
    assert guest.commands[0][0] == command
    guest.answer = (1, b"")
    with pytest.raises(TestFailure, match=r"within 0 seconds: nc .* /run/a"):
        machine.wait_for_open_unix_socket("/run/a", timeout=0, **arguments)


def test_wait_for_the_end_of_what_is_off(machine: Machine) -> None:
    machine.wait_for_shutdown()
    assert not machine.is_up()


@pytest.mark.parametrize("seconds", [30, math.inf])
def test_command_without_a_limit_reaches_the_agent(seconds: float) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        port = open(theirs.fileno(), "r+b", buffering=0, closefd=False)  # noqa: SIM115
        heads = []

        def answer() -> None:
            heads.append(read_frame(port)[0])
            write_frame(port, {"status": 0}, b"out")

        agent = threading.Thread(target=answer, daemon=True)
        agent.start()
        assert Shell(ours).run("true", seconds) == (0, b"out")
        agent.join(10)
        assert heads[0]["seconds"] == seconds
