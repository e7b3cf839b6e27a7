"""A signal that ends the driver ends its machines, too, whether it runs a test or waits at its prompt."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import ending

MAIN = Path(ending.__file__).with_name("main.py")
SHELL = shutil.which("sh")
SECONDS = 60

START = "machine.start(); print('it', 'is', 'on', flush=True)\n"


@dataclass(frozen=True)
class Begun:
    """A driver whose machine is on; `pid` is that of QEMU."""

    process: subprocess.Popen[str]
    pid: int


Begin = Callable[..., Begun]


@pytest.fixture
def begin(spec: dict[str, Any], tmp_path: Path) -> Iterator[Begin]:
    """begin("--interactive", script="") -> Begun: the driver with these options, in a process of its own."""
    qemu, pid_file = tmp_path / "qemu", tmp_path / "pid"
    qemu.write_text(f'#!{SHELL}\necho $$ >{pid_file}\nexec {spec["programs"]["qemu"]} "$@"\n')
    qemu.chmod(0o755)
    processes = []

    def started(*options: str, script: str) -> Begun:
        changed = {**spec, "name": "trial", "programs": {**spec["programs"], "qemu": str(qemu)}, "testScript": script}
        (tmp_path / "spec.json").write_text(json.dumps(changed))
        (tmp_path / "state").mkdir()
        process = subprocess.Popen(
            [sys.executable, "-P", str(MAIN), str(tmp_path / "spec.json"), *options],
            env={**os.environ, "PYTHONPATH": ":".join(sys.path), "TMPDIR": str(tmp_path / "state")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(tmp_path / "log").open("w"),
            text=True,
        )
        processes.append(process)
        assert process.stdin and process.stdout
        if "--interactive" in options:
            process.stdin.write(START)
            process.stdin.flush()
        assert any("it is on" in line for line in process.stdout), (tmp_path / "log").read_text()
        return Begun(process, int(pid_file.read_text()))

    yield started
    for process in processes:
        process.kill()
        process.wait()
    with suppress(OSError):
        os.kill(int(pid_file.read_text()), signal.SIGKILL)


def check_end(begun: Begun, number: int, folder: Path) -> str:
    """Send the signal; what the driver then says. Its process, its machine and its files must be gone."""
    begun.process.send_signal(number)
    assert begun.process.wait(SECONDS) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(begun.pid, 0)
    assert list((folder / "state").iterdir()) == []
    said = (folder / "log").read_text()
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("number", ending.SIGNALS)
def test_signal_at_the_prompt(begin: Begin, tmp_path: Path, number: signal.Signals) -> None:
    said = check_end(begin("--interactive", script=""), number, tmp_path)
    assert said.endswith(f"\ntesters: trial: ended by {number.name}\n")


@pytest.mark.parametrize("number", ending.SIGNALS)
def test_signal_in_a_test(begin: Begin, tmp_path: Path, number: signal.Signals) -> None:
    script = f"import time\nwith subtest('waits'):\n    {START}    time.sleep(1000)\n"
    said = check_end(begin(script=script), number, tmp_path)
    line = f'testers: trial: subtest "waits", testScript line [34]: ended by {number.name}'
    assert re.search(f"^{line}$", said, re.MULTILINE)


@pytest.fixture
def handlers() -> Iterator[None]:
    """Signals end the test as they end the driver."""
    handled = (*ending.SIGNALS, signal.SIGALRM)
    before = {each: signal.getsignal(each) for each in handled}
    ending.raise_ended_on_signals()
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", ending.SIGNALS)
def test_a_script_that_catches_a_signal_is_ended_later(handlers: None, number: signal.Signals) -> None:
    with pytest.raises(ending.Ended, match=number.name):
        signal.raise_signal(number)
    with pytest.raises(ending.Ended, match=number.name):
        time.sleep(SECONDS)


def test_nothing_disturbs_the_ending(handlers: None) -> None:
    with pytest.raises(ending.Ended):
        signal.raise_signal(signal.SIGTERM)
    with ending.undisturbed():
        signal.raise_signal(signal.SIGTERM)
        time.sleep(2 * ending.AGAIN_SECONDS)
